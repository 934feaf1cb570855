/* SPDX-License-Identifier: Apache-2.0
 *
 * `cordon services`: the prelude, as text or as a catalogue of names. */
#include "config.h"
#include "cli/cli.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "lang/lang.h"

static json_t *services_ports(const struct tree_service *service)
{
	json_t *list = json_array();

	for (; service; service = service->next) {
		json_t *item = json_object();
		if (service->kind == SERVICE_ETHERTYPE)
			json_object_set_new(item, "ethertype", json_integer(service->ethertype));
		else
			json_object_set_new(item, "protocol", json_integer(service->protocol));
		if (service->ports) {
			json_object_set_new(item, "first", json_integer(service->ports->lo));
			json_object_set_new(item, "last", json_integer(service->ports->hi));
		}
		if (service->kind == SERVICE_ICMP && service->icmp_type >= 0)
			json_object_set_new(item, "type", json_integer(service->icmp_type));
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *services_functions(const struct tree_function *function)
{
	json_t *list = json_array();

	for (; function; function = function->next)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:i, s:i}", "name", function->name.text,
					"operation", operation_class_name(function->class),
					"first", (int)function->lo, "last", (int)function->hi));
	return list;
}

static json_t *services_names(const struct tree_name *name)
{
	json_t *list = json_array();

	for (; name; name = name->next)
		json_array_append_new(list, json_string(name->text));
	return list;
}

static json_t *services_parameters(const struct tree_parameter *parameter)
{
	json_t *list = json_array();

	for (; parameter; parameter = parameter->next) {
		json_t *item = json_pack("{s:s, s:s, s:I, s:I}", "name", parameter->name.text,
					 "dimension", parameter_dimension_name(parameter->dimension),
					 "first", (json_int_t)parameter->lo, "last",
					 (json_int_t)parameter->hi);
		if (parameter->functions)
			json_object_set_new(item, "functions", services_names(parameter->functions));
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *services_entry(const char *name, const char *title,
			      const struct tree_service *on)
{
	return json_pack("{s:s, s:s, s:o}", "name", name, "title", title ? title : "", "on",
			 services_ports(on));
}

static json_t *services_json(const struct policy_text *text)
{
	json_t *services = json_array(), *protocols = json_array();

	for (const struct tree_statement *s = text->prelude; s; s = s->next) {
		if (s->kind == STATEMENT_SERVICE) {
			json_array_append_new(services,
					      services_entry(s->service->name.text,
							     s->service->title.text,
							     s->service->services));
		} else if (s->kind == STATEMENT_PROTOCOL) {
			json_t *entry = services_entry(s->protocol->name.text,
						       s->protocol->title.text,
						       s->protocol->on);
			json_object_set_new(entry, "functions",
					    services_functions(s->protocol->functions));
			json_object_set_new(entry, "parameters",
					    services_parameters(s->protocol->parameters));
			json_array_append_new(protocols, entry);
		}
	}
	return json_pack("{s:s, s:o, s:o}", "schema", "cordon/services/1", "services", services,
			 "protocols", protocols);
}

static bool services_read_nothing(void *context, const char *path, char **bytes,
				  size_t *length, const char **why)
{
	(void)context;
	(void)path;
	*bytes = NULL;
	*length = 0;
	*why = NULL;
	return true;
}

static int services_print_json(void)
{
	static const struct policy_reader nothing = { .read = services_read_nothing };
	struct policy_text text;
	struct diags diags;

	diags_init(&diags);
	bool ok = policy_text_load_with(&text, "", &nothing, &diags);
	if (ok) {
		json_t *root = services_json(&text);
		json_dumpf(root, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
		putchar('\n');
		json_decref(root);
	}
	diags_print(&diags, stderr);
	policy_text_release(&text);
	diags_release(&diags);
	return ok ? EXIT_CLEAN : EXIT_UNABLE;
}

static int services_run(const struct verb *verb, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "format", required_argument, NULL, 'f' },
		CLI_OPTIONS,
		{ 0 },
	};
	const char *format = "text";
	size_t length;
	int option;

	while ((option = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (option != 'f')
			return cli_leave(verb, option);
		format = optarg;
	}
	if (optind != argc)
		return cli_usage_error(verb, "no argument is taken");
	if (strcmp(format, "json") == 0)
		return cli_finish(verb, services_print_json());
	if (strcmp(format, "text") != 0)
		return cli_usage_error(verb, "the formats are text and json");
	const char *prelude = prelude_text(&length);
	fwrite(prelude, 1, length, stdout);
	return cli_finish(verb, EXIT_CLEAN);
}

const struct verb verb_services = {
	"services",
	"the services and protocols Cordon knows",
	"[options]\n\n"
	"  --format text|json   the prelude's own text, or a catalogue\n" CLI_USAGE,
	services_run,
};
