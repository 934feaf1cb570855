/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of operations: from a name and a value of a protocol's table to the
 * number of a unit or an object (struct flow) and back. */
#ifndef COMPILER_PARAMETER_H
#define COMPILER_PARAMETER_H

#include "base/strbuf.h"
#include "compiler/model.h"

/* The parameter of this name, or NULL. */
const struct parameter *parameter_find(const struct protocol *protocol, const char *name);
/* The number of a value, PARAMETER_NONE if it is out of the range. */
uint32_t parameter_number(const struct parameter *parameter, uint32_t value);
/* The parameter that a function takes and that has this number of its dimension among
 * its own, or NULL. *value: which of its values. */
const struct parameter *parameter_at(const struct protocol *protocol,
				     enum parameter_dimension dimension, uint32_t function,
				     uint32_t number, uint32_t *value);

/* `holding 100` or `class 0x6b-0x6c`. */
void parameter_print(struct strbuf *text, const struct parameter *parameter, uint32_t lo,
		     uint32_t hi);

/* Both declare the same parameters with the same numbers. */
bool parameters_equal(const struct protocol *a, const struct protocol *b);

/* Whether some rule tells apart what an operation has of a dimension. */
bool parameter_matters(const struct model *model, operation_id operation,
		       enum parameter_dimension dimension);

/* An operation, and of the units and the objects that it may have one that the
 * function takes, so that it can be named, where there is any. */
struct operation_point {
	operation_id operation;
	uint32_t unit, object;
};
struct operation_point operation_point(const struct model *model, operation_id operation,
				       const struct range *units, size_t unit_count,
				       const struct range *objects, size_t object_count);

/* The same of the least operation of a product. */
struct operation_point operation_point_of(const struct model *model,
					  const struct content *content);
/* Of the part with the least operation; the contents are not empty. */
struct operation_point contents_point(const struct model *model, struct contents contents);
void flow_set_operation(struct flow *flow, struct operation_point point);

/* An operation as it was seen, with what is known of its unit and its object:
 * `modbus(write-single-register, unit 3, holding 100)`. Not of plain contents. */
void operation_text(struct strbuf *text, const struct model *model,
		    const struct operation_point *point);
/* The same as a question that gets the verdict of this one: only what rules tell
 * apart, and that without a unit or an object as `holding none`. */
void operation_question_text(struct strbuf *text, const struct model *model,
			     const struct operation_point *point);

#endif
