/*
 * sample.h - a line that is right, and one that is wrong, made from types.
 */
#ifndef SCHEMAC_SAMPLE_H
#define SCHEMAC_SAMPLE_H

#include "model.h"

/* The pattern with a good value in each slot. */
void sample_line(const struct pattern *pattern, struct str *out);
/* The same with a bad value in the last slot, or with a word too many where
 * there is no slot. */
void sample_bad_line(const struct pattern *pattern, struct str *out);
/* The shortest pattern that sets this attribute in clear form. */
const struct pattern *sample_pattern(const struct attr *attr);

#endif
