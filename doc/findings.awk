# SPDX-License-Identifier: Apache-2.0
#
# base/findings.def to cordon-findings(7): a section for each of its groups, an
# entry for each finding. The table is C that only this layout of it is read of:
# FINDING( begins in the first column, strings follow one another, the last
# closing parenthesis ends a line.

# The fields of an entry, strings joined: field[2] the name, [3] the severity, [4] the
# advice, [5] the explanation.
function strings(text,    n, i, c, quoted, field_number) {
	delete field
	n = length(text)
	field_number = 1
	for (i = 1; i <= n; i++) {
		c = substr(text, i, 1)
		if (quoted && c == "\\") {
			field[field_number] = field[field_number] substr(text, ++i, 1)
		} else if (c == "\"") {
			quoted = !quoted
		} else if (quoted) {
			field[field_number] = field[field_number] c
		} else if (c == ",") {
			field_number++
		} else if (c !~ /[ \t]/) {
			field[field_number] = field[field_number] c
		}
	}
}

# A paragraph: one sentence a line, `code` as .Ql, nothing taken for a request.
function paragraph(text,    code, after, before, rest, open, spaced, quote, k) {
	gsub(/\\/, "\\e", text)
	gsub(/\. /, ".\n", text)
	while (match(text, /`[^`]*`[,.;:)]*/)) {
		code = substr(text, RSTART + 1, RLENGTH - 1)
		after = substr(code, index(code, "`") + 1)
		code = substr(code, 1, index(code, "`") - 1)
		gsub(/"/, "\\(dq", code)
		before = substr(text, 1, RSTART - 1)
		sub(/ $/, "", before)
		rest = substr(text, RSTART + RLENGTH)
		sub(/^[ \n]/, "", rest)
		open = ""
		if (before ~ /\($/) {
			before = substr(before, 1, length(before) - 1)
			sub(/ $/, "", before)
			open = "( "
		}
		spaced = ""
		for (k = 1; k <= length(after); k++)
			spaced = spaced " " substr(after, k, 1)
		quote = ".Ql " open "\"" code "\"" spaced
		if (open != "")
			quote = ".Pq Ql \"" code "\"" substr(spaced, 3)
		text = before (before ~ /(^|\n)$/ ? "" : "\n") quote (rest == "" ? "" : "\n") rest
	}
	gsub(/\n+/, "\n", text)
	return wrap(text)
}

# Lines of at most 78 characters; requests stay whole.
function wrap(text,    lines, words, n, m, i, k, width, out) {
	n = split(text, lines, "\n")
	for (i = 1; i <= n; i++) {
		out = out (i == 1 ? "" : "\n")
		if (lines[i] ~ /^\./) {
			out = out lines[i]
			continue
		}
		m = split(lines[i], words, " ")
		width = 0
		for (k = 1; k <= m; k++) {
			if (width > 0 && width + 1 + length(words[k]) > 78) {
				out = out "\n"
				width = 0
			}
			if (width == 0 && words[k] ~ /^[.']/)
				out = out "\\&"
			out = out (width > 0 ? " " : "") words[k]
			width += (width > 0) + length(words[k])
		}
	}
	return out
}

function entry(text,    word) {
	sub(/^FINDING\(/, "", text)
	sub(/\)[ \t]*$/, "", text)
	strings(text)
	word = field[3] == "FATAL" ? "error, exit code 2" : field[3] == "ERROR" ? "error" : "warning"
	printf ".It Sy %s Pq %s\n%s\n.Pp\n%s\n", field[2], word, paragraph(field[5]), paragraph(field[4])
}

BEGIN {
	print ".\\\" SPDX-License-Identifier: Apache-2.0"
	print ".\\\" Made from base/findings.def."
	print ".Dd November 24, 2026\n.Dt CORDON-FINDINGS 7\n.Os\n.Sh NAME"
	print ".Nm cordon-findings\n.Nd what\n.Xr cordon 1\nreports about policies and captures"
	print ".Sh DESCRIPTION"
	print "Every diagnostic ends with a name in brackets."
	print "Errors stop a policy from being compiled."
	print "Warnings are about its design; an\n.Ic exception\nof the policy accepts one, and"
	print ".Fl -strict\ncounts them as errors."
	print "The last sentence of each entry says what to do."
}
/^\/\* ---- .* ---- \*\/$/ {
	if (open_list)
		print ".El"
	title = $0
	sub(/^\/\* ---- /, "", title)
	sub(/ ---- \*\/$/, "", title)
	print ".Sh " toupper(title) "\n.Bl -tag -width Ds"
	open_list = 1
}
/^FINDING\(/ { collecting = 1; text = "" }
collecting {
	line = $0
	sub(/^[ \t]+/, "", line)
	text = text line
	if (line ~ /"\)$/) {
		entry(text)
		collecting = 0
	}
}
END {
	print ".El"
	print ".Sh SEE ALSO\n.Xr cordon-check 1 ,\n.Xr cordon-explain 1 ,\n.Xr cordon-policy 5"
}
