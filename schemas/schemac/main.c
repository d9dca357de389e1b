/*
 * schemac - compiles schemas/ into C, SQL and reference pages.
 *
 *    schemac [--out DIR] [--docs DIR] [--sql FILE] [--history FILE]
 *        [--views FILE] FILE...
 *
 * A FILE called NNNN-*.sql is a step of the database's versions; they stand in
 * their order.
 *
 * Exit status: 0 done; 1 the schema is wrong, or a file cannot be read or
 * written; 2 wrong usage.
 */
#include "emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 20 };

struct options {
    const char *out;
    const char *docs;
    const char *sql;
    const char *history;
    const char *views;
    char **files;
    int file_count;
};

struct product {
    const char *name;
    void (*emit)(struct model *model, struct str *out);
};

static const struct product c_files[] = {
    {"enums.h",         emit_enums_h        },
    {"drops.h",         emit_drops_h        },
    {"drops.c",         emit_drops_c        },
    {"causes.h",        emit_causes_h       },
    {"causes.c",        emit_causes_c       },
    {"notifications.h", emit_notifications_h},
    {"notifications.c", emit_notifications_c},
    {"ids.h",           emit_ids_h          },
    {"tables.c",        emit_tables_c       },
    {"views.h",         emit_views_h        },
    {"views.c",         emit_views_c        },
    {"sql.h",           emit_sql_h          },
    {"sql_tables.c",    emit_sql_tables_c   },
    {"matrix.h",        emit_matrix_h       },
    {"mib.h",           emit_mib_h          },
    {"mib.c",           emit_mib_c          },
};

static const struct product pages[] = {
    {"configuration.md", emit_configuration_md},
    {"commands.md",      emit_commands_md     },
    {"requests.md",      emit_requests_md     },
    {"drops.md",         emit_drops_md        },
    {"causes.md",        emit_causes_md       },
    {"mib.md",           emit_mib_md          },
    {"notifications.md", emit_notifications_md},
};

static bool
complain(const char *path, const char *what)
{
    (void)fprintf(stderr, "schemac: %s: %s\n", path, what);
    return false;
}

static bool
read_file(struct arena *arena, const char *path, const char **out_text)
{
    char *text = arena_alloc(arena, FILE_MAX_BYTES + 1);
    FILE *file = fopen(path, "r");
    size_t length;
    bool bad;

    if (file == NULL)
        return complain(path, "cannot be opened");
    length = fread(text, 1, FILE_MAX_BYTES + 1, file);
    bad = ferror(file) != 0;
    (void)fclose(file);
    if (bad)
        return complain(path, "cannot be read");
    if (length > FILE_MAX_BYTES)
        return complain(path, "is larger than a schema may be");
    text[length] = '\0';
    *out_text = text;
    return true;
}

static bool
write_file(const char *path, const struct str *text)
{
    FILE *file = fopen(path, "w");
    bool good;

    if (file == NULL)
        return complain(path, "cannot be written");
    good = fwrite(str_text(text), 1, text->length, file) == text->length;
    if (fclose(file) != 0 || !good)
        return complain(path, "cannot be written");
    return true;
}

static bool
write_products(struct model *model, const char *folder,
    const struct product *products, size_t count)
{
    struct str text;
    bool good = true;

    str_init(&text);
    for (size_t i = 0; good && i < count; i++) {
        str_clear(&text);
        products[i].emit(model, &text);
        good = write_file(
            arena_printf(&model->arena, "%s/%s", folder, products[i].name),
            &text);
    }
    str_done(&text);
    return good;
}

static bool
write_sql(struct model *model, const struct options *options)
{
    struct str text;
    bool good;

    str_init(&text);
    emit_config_sql(model, &text);
    good = write_file(options->sql, &text);
    str_done(&text);
    return good;
}

static bool
is_step(const char *path)
{
    size_t length = strlen(path);

    return length > 4 && strcmp(path + length - 4, ".sql") == 0;
}

static bool
add_step(struct model *model, const char *path, const char *text)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;

    if (model->step_count == STEPS_MAX ||
        strtoul(name, NULL, 10) != model->step_count + 1)
        return complain(path, "is not the next step: they count from 0001");
    model->steps[model->step_count++] = text;
    return true;
}

static bool
compile(struct model *model, const struct options *options)
{
    if (options->history != NULL &&
        !read_file(&model->arena, options->history, &model->history))
        return false;
    if (options->views != NULL &&
        !read_file(&model->arena, options->views, &model->views))
        return false;
    for (int i = 0; i < options->file_count; i++) {
        const char *text;

        if (!read_file(&model->arena, options->files[i], &text))
            return false;
        if (!is_step(options->files[i])) {
            schema_parse(model, options->files[i], text, strlen(text));
        } else if (!add_step(model, options->files[i], text)) {
            return false;
        }
    }
    schema_finish(model);
    (void)fputs(str_text(&model->report.text), stderr);
    if (model->report.count > REPORT_MAX) {
        (void)fprintf(stderr, "schemac: and %zu more problems\n",
            model->report.count - REPORT_MAX);
    }
    return model->report.count == 0;
}

static bool
write_all(struct model *model, const struct options *options)
{
    if (options->out != NULL && !write_products(model, options->out, c_files,
                                    sizeof(c_files) / sizeof(c_files[0])))
        return false;
    if (options->docs != NULL && !write_products(model, options->docs, pages,
                                     sizeof(pages) / sizeof(pages[0])))
        return false;
    return options->sql == NULL || write_sql(model, options);
}

/* The property that an option sets, or NULL. */
static const char **
find_option(struct options *options, const char *name)
{
    if (strcmp(name, "--out") == 0)
        return &options->out;
    if (strcmp(name, "--docs") == 0)
        return &options->docs;
    if (strcmp(name, "--sql") == 0)
        return &options->sql;
    if (strcmp(name, "--history") == 0)
        return &options->history;
    if (strcmp(name, "--views") == 0)
        return &options->views;
    return NULL;
}

static bool
parse_options(int argc, char **argv, struct options *options)
{
    int i = 1;

    while (i < argc && argv[i][0] == '-') {
        const char **option = find_option(options, argv[i]);

        if (option == NULL || i + 1 == argc)
            return false;
        *option = argv[i + 1];
        i += 2;
    }
    options->files = argv + i;
    options->file_count = argc - i;
    return i < argc;
}

int
main(int argc, char **argv)
{
    struct options options = {0};
    struct model model;
    bool good;

    if (!parse_options(argc, argv, &options)) {
        (void)fputs("usage: schemac [--out DIR] [--docs DIR] [--sql FILE] "
                    "[--history FILE] [--views FILE] FILE...\n",
            stderr);
        return 2;
    }
    model_init(&model);
    good = compile(&model, &options) && write_all(&model, &options);
    model_done(&model);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
