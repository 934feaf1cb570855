/* SPDX-License-Identifier: Apache-2.0
 *
 * Files read whole within a limit, and files written whole or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Policies, inventories and configurations larger than this are refused. A pipe
 * or device does not tell its size and may never end: it gives less. */
#define FILE_LIMIT ((size_t)1 << 30)
#define FILE_STREAM_LIMIT ((size_t)1 << 26)

struct file_text {
	char *bytes; /* NUL-terminated beyond length; freed with file_text_release() */
	size_t length;
};

/* Reads PATH ("-": standard input) whole. On failure returns false and sets
 * *why to a static or strerror() sentence; reports nothing itself. A pipe with a
 * name is waited for FILE_WRITER_WAIT seconds if nobody writes to it. */
enum { FILE_WRITER_WAIT = 2 };
bool file_read(const char *path, struct file_text *text, const char **why);
void file_text_release(struct file_text *text);

/* A file that appears whole or not at all: a temporary file beside PATH, then
 * fsync and rename (and fsync of the directory). Mode is 0666 less the umask,
 * plus the execute bits where asked. What is there already and is no file, a pipe
 * or a device, is written into and stays; a link stays, too. A pipe is waited for
 * as above if nobody reads from it. */
struct file_output {
	FILE *stream;
	char *path;
	char *temporary; /* NULL: written into what is there */
	bool executable;
	mode_t mode; /* 0: as above, else exactly this */
};

bool file_output_open(struct file_output *out, const char *path, const char **why);
bool file_output_commit(struct file_output *out, const char **why);
void file_output_abandon(struct file_output *out);

/* Both steps for text that is ready in memory. */
bool file_write(const char *path, const char *bytes, size_t length, const char **why);
/* The same for a file that is there: behind links, and its mode stays. */
bool file_replace(const char *path, const char *bytes, size_t length, const char **why);

/* Creates PATH and its parents (mode 0777 less the umask). */
bool file_make_directory(const char *path, const char **why);

#endif
