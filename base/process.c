/* SPDX-License-Identifier: Apache-2.0
 *
 * Another program run to its end. */
#include "config.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

extern char **environ;

static bool setting_names(const char *setting, const char *entry)
{
	return strncmp(setting, entry, strcspn(setting, "=") + 1) == 0;
}

/* The environment with the settings in place of what has their names. */
static char **process_environment(const char *const *settings)
{
	size_t count = 0, own = 0, len = 0;

	while (environ[count] != NULL)
		count++;
	while (settings != NULL && settings[own] != NULL)
		own++;
	char **list = memory_array(count + own + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		bool set = false;
		for (size_t s = 0; s < own && !set; s++)
			set = setting_names(settings[s], environ[i]);
		if (!set)
			list[len++] = environ[i];
	}
	for (size_t s = 0; s < own; s++)
		list[len++] = (char *)(uintptr_t)settings[s];
	return list;
}

/* What it prints and what it complains of; its standard error goes to no file that has a
 * name, so that neither can wait for the other to be read. */
struct process_ends {
	int output[2];
	FILE *errors;
};

static bool process_open(struct process_ends *ends, const char **why)
{
	*ends = (struct process_ends){ .errors = tmpfile() };
	if (ends->errors != NULL && pipe2(ends->output, O_CLOEXEC) == 0)
		return true;
	*why = strerror(errno);
	if (ends->errors != NULL)
		fclose(ends->errors);
	return false;
}

static void process_take_errors(FILE *errors, struct strbuf *kept)
{
	char buffer[PROCESS_ERRORS];
	size_t got;

	rewind(errors);
	got = fread(buffer, 1, sizeof(buffer), errors);
	strbuf_add(kept, buffer, got);
	fclose(errors);
}

static int process_spawn(const char *const *arguments, char **environment,
			 const struct process_ends *ends, pid_t *pid)
{
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends->output[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(ends->errors), STDERR_FILENO);
	int error = posix_spawnp(pid, arguments[0], &actions, NULL,
				 (char *const *)(uintptr_t)arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* False: it goes on beyond the limit. */
static bool process_read(int from, struct strbuf *output)
{
	char buffer[1 << 16];
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno != EINTR)
			return true;
		if (got > 0)
			strbuf_add(output, buffer, (size_t)got);
		if (output->len > FILE_LIMIT)
			return false;
	}
	return true;
}

static int process_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 128;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool process_run(const char *const *arguments, const char *const *settings,
		 struct process_result *result, const char **why)
{
	struct process_ends ends;
	pid_t pid;

	*result = (struct process_result){ .output = STRBUF_INIT, .errors = STRBUF_INIT };
	if (!process_open(&ends, why))
		return false;
	char **environment = process_environment(settings);
	int error = process_spawn(arguments, environment, &ends, &pid);
	free(environment);
	close(ends.output[1]);
	if (error == 0) {
		result->too_long = !process_read(ends.output[0], &result->output);
		if (result->too_long)
			kill(pid, SIGKILL);
		result->status = process_wait(pid);
	}
	close(ends.output[0]);
	process_take_errors(ends.errors, &result->errors);
	if (error != 0)
		*why = strerror(error);
	return error == 0;
}

void process_release(struct process_result *result)
{
	strbuf_release(&result->output);
	strbuf_release(&result->errors);
}
