/*
 * capture.h - the file of a capture, for watching.c.
 */
#ifndef DAEMON_CAPTURE_H
#define DAEMON_CAPTURE_H

struct capture_state;

/* Write what D has put into the ring. */
void capture_take(struct capture_state *state);
/* Close the file; D's capture is not ours any more. */
void capture_end(struct capture_state *state);

#endif
