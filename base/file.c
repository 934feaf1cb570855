/* SPDX-License-Identifier: Apache-2.0
 *
 * Files read whole within a limit, and files written whole or not at all. */
#include "config.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strbuf.h"

/* read(2) that waits where nothing has come yet. */
static ssize_t file_read_some(int fd, char *block, size_t size)
{
	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		ssize_t got = read(fd, block, size);
		if (got >= 0 || (errno != EINTR && errno != EAGAIN))
			return got;
		poll(&poller, 1, -1);
	}
}

static bool file_read_all(int fd, size_t limit, struct file_text *text, const char **why)
{
	struct strbuf buf = STRBUF_INIT;
	char block[65536];
	ssize_t got;

	while ((got = file_read_some(fd, block, sizeof(block))) > 0 && buf.len <= limit)
		strbuf_add(&buf, block, (size_t)got);
	if (got != 0) {
		*why = got < 0 ? strerror(errno) :
		       limit == FILE_LIMIT ? "larger than 1 GiB" :
					     "a pipe or device gives at most 64 MiB";
		strbuf_release(&buf);
		return false;
	}
	text->length = buf.len;
	text->bytes = strbuf_detach(&buf);
	return true;
}

/* Nothing to read and no end: whoever has the other side may be slow, or nobody
 * has it, which only reading can tell. */
static bool file_is_silent(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	return poll(&poller, 1, FILE_WRITER_WAIT * 1000) == 0;
}

static bool file_read_pipe(int fd, struct file_text *text, const char **why)
{
	bool silent = file_is_silent(fd);

	if (!file_read_all(fd, FILE_STREAM_LIMIT, text, why))
		return false;
	if (!silent || text->length > 0)
		return true;
	file_text_release(text);
	*why = "nobody writes to this pipe";
	return false;
}

/* Opened so that a pipe without a writer does not hold us. */
static int file_open(const char *path, struct stat *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && fstat(fd, info) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool file_read(const char *path, struct file_text *text, const char **why)
{
	struct stat info;

	*text = (struct file_text){ 0 };
	if (strcmp(path, "-") == 0)
		return file_read_all(STDIN_FILENO, FILE_LIMIT, text, why);
	int fd = file_open(path, &info);
	if (fd < 0) {
		*why = strerror(errno);
		return false;
	}
	bool ok = S_ISFIFO(info.st_mode)
			  ? file_read_pipe(fd, text, why)
			  : file_read_all(fd, S_ISREG(info.st_mode) ? FILE_LIMIT : FILE_STREAM_LIMIT,
					  text, why);
	close(fd);
	return ok;
}

void file_text_release(struct file_text *text)
{
	free(text->bytes);
	*text = (struct file_text){ 0 };
}

static bool file_is_special(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

/* A pipe that nobody reads does not hold us for long. */
static int file_open_special(const char *path)
{
	enum { STEPS_A_SECOND = 50 };
	const struct timespec step = { .tv_nsec = 1000000000 / STEPS_A_SECOND };
	int fd, waited = 0;

	while ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0 &&
	       errno == ENXIO && waited++ < FILE_WRITER_WAIT * STEPS_A_SECOND)
		nanosleep(&step, NULL);
	if (fd >= 0)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

static bool file_output_into(struct file_output *out, const char *path, const char **why)
{
	int fd = file_open_special(path);

	if (fd < 0 || (out->stream = fdopen(fd, "w")) == NULL) {
		*why = errno == ENXIO ? "nobody reads from this pipe" : strerror(errno);
		if (fd >= 0)
			close(fd);
		return false;
	}
	out->path = memory_strdup(path);
	return true;
}

static bool file_output_beside(struct file_output *out, const char *path, const char **why)
{
	struct strbuf name = STRBUF_INIT;

	strbuf_printf(&name, "%s.XXXXXX", path);
	int fd = mkstemp(name.text);
	if (fd < 0 || (out->stream = fdopen(fd, "w")) == NULL) {
		*why = strerror(errno);
		if (fd >= 0) {
			close(fd);
			unlink(name.text);
		}
		strbuf_release(&name);
		return false;
	}
	out->path = memory_strdup(path);
	out->temporary = strbuf_detach(&name);
	return true;
}

bool file_output_open(struct file_output *out, const char *path, const char **why)
{
	*out = (struct file_output){ 0 };
	if (file_is_special(path))
		return file_output_into(out, path, why);
	char *behind = realpath(path, NULL);
	bool opened = file_output_beside(out, behind != NULL ? behind : path, why);
	free(behind);
	return opened;
}

static void file_output_free(struct file_output *out)
{
	free(out->path);
	free(out->temporary);
	*out = (struct file_output){ 0 };
}

void file_output_abandon(struct file_output *out)
{
	if (out->stream != NULL)
		fclose(out->stream);
	if (out->temporary != NULL)
		unlink(out->temporary);
	file_output_free(out);
}

static mode_t file_mode(bool executable)
{
	mode_t mask = umask(0);
	umask(mask);
	return (executable ? 0777 : 0666) & ~mask;
}

static void file_sync_directory(const char *path)
{
	char *copy = memory_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd); /* some file systems cannot; the rename stands */
		close(fd);
	}
	free(copy);
}

/* Some of what is no file cannot be synchronised, and its mode is its own. */
static bool file_output_settle(const struct file_output *out)
{
	int fd = fileno(out->stream);
	mode_t mode = out->mode ? out->mode : file_mode(out->executable);

	return out->temporary == NULL || (fchmod(fd, mode) == 0 && fsync(fd) == 0);
}

bool file_output_commit(struct file_output *out, const char **why)
{
	bool ok = fflush(out->stream) == 0 && !ferror(out->stream) && file_output_settle(out);

	if (!ok)
		*why = strerror(errno);
	if (fclose(out->stream) != 0 && ok) {
		ok = false;
		*why = strerror(errno);
	}
	out->stream = NULL;
	if (ok && out->temporary != NULL && rename(out->temporary, out->path) != 0) {
		ok = false;
		*why = strerror(errno);
	}
	if (!ok) {
		file_output_abandon(out);
		return false;
	}
	if (out->temporary != NULL)
		file_sync_directory(out->path);
	file_output_free(out);
	return true;
}

static bool file_write_out(struct file_output *out, const char *bytes, size_t length,
			   const char **why)
{
	if (fwrite(bytes, 1, length, out->stream) == length)
		return file_output_commit(out, why);
	*why = strerror(errno);
	file_output_abandon(out);
	return false;
}

bool file_replace(const char *path, const char *bytes, size_t length, const char **why)
{
	struct file_output out = { 0 };
	struct stat info;
	char *behind = realpath(path, NULL);
	bool there = behind != NULL && stat(behind, &info) == 0;

	if (!there)
		*why = strerror(errno);
	bool opened = there && file_output_open(&out, behind, why);
	free(behind);
	if (!opened)
		return false;
	out.mode = info.st_mode & 07777;
	return file_write_out(&out, bytes, length, why);
}

bool file_write(const char *path, const char *bytes, size_t length, const char **why)
{
	struct file_output out;

	return file_output_open(&out, path, why) && file_write_out(&out, bytes, length, why);
}

bool file_make_directory(const char *path, const char **why)
{
	char *copy = memory_strdup(path);
	bool ok = true;

	for (char *p = copy + 1; ok; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		char end = *p;
		*p = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
			*why = strerror(errno);
			ok = false;
		}
		*p = end;
		if (end == '\0')
			break;
	}
	free(copy);
	return ok;
}
