# SPDX-License-Identifier: Apache-2.0
#
# The industrial protocols of lang/prelude.cordon to cordon-protocols(7): a section
# each, with the comment above it as its source. Of the language it reads the layout
# that the prelude has: a `protocol` line ends in `{`, an item is a line, and goes on
# after a comma, `}` stands alone.

# Lines of at most 78 characters; none of them is taken for a request.
function wrap(text,    words, n, k, width) {
	n = split(text, words, " ")
	width = 0
	for (k = 1; k <= n; k++) {
		if (width > 0 && width + 1 + length(words[k]) > 78) {
			printf "\n"
			width = 0
		}
		if (width == 0 && words[k] ~ /^[.']/)
			printf "\\&"
		printf "%s%s", (width > 0 ? " " : ""), words[k]
		width += (width > 0) + length(words[k])
	}
	printf "\n"
}

# Sentences begin a line each.
function paragraph(text,    sentences, n, i) {
	gsub(/`/, "", text)
	n = split(text, sentences, /\. /)
	for (i = 1; i <= n; i++)
		wrap(sentences[i] (i < n ? "." : ""))
}

function say(key, text) {
	gsub(/-/, "\\-", text) # names break at none of theirs
	print ".It Ic " key
	wrap(text)
}

# Lines of one class are one entry.
function begin(line,    quote) {
	name = $2
	quote = index(line, "\"")
	title = substr(line, quote + 1)
	sub(/".*/, "", title)
	count = 0
	delete entry_of
}

function item(text,    key, rest, on) {
	key = text
	sub(/ .*/, "", key)
	rest = substr(text, length(key) + 1)
	sub(/^ +/, "", rest)
	on = index(rest, " on ")
	if (key == "unit" || key == "object") {
		keys[++count] = key
		entries[count] = on ? substr(rest, 1, on - 1) ", of " substr(rest, on + 4) : rest
	} else if (key in entry_of) {
		entries[entry_of[key]] = entries[entry_of[key]] ", " rest
	} else {
		keys[++count] = key
		entry_of[key] = count
		entries[count] = rest
	}
}

function end(    i) {
	print ".Ss " name
	paragraph(title (title ~ /\.$/ ? "" : "."))
	if (source != "")
		paragraph(source)
	print ".Bl -tag -width control"
	for (i = 1; i <= count; i++)
		say(keys[i], entries[i])
	print ".El"
}

BEGIN {
	print ".\\\" SPDX-License-Identifier: Apache-2.0"
	print ".\\\" Made from lang/prelude.cordon."
	print ".Dd November 24, 2026\n.Dt CORDON-PROTOCOLS 7\n.Os\n.Sh NAME"
	print ".Nm cordon-protocols\n.Nd the industrial protocols that\n.Xr cordon 1\nknows"
	print ".Sh DESCRIPTION"
	print "For each protocol its name in a policy, its ports, and its functions by their"
	print "class:"
	print ".Ic read ,\n.Ic write ,\n.Ic control\nand\n.Ic program ,"
	print "and\n.Ic session\nfor housekeeping."
	print "The numbers are those that the protocol puts on the wire; a number that is not"
	print "here is of the class\n.Ic other ,\nand a policy names it\n.Ql function 43 ."
	print ".Ic unit\nand\n.Ic object\nare the parameters that operations take, with their"
	print "values and the functions that take them; where none are named, all but"
	print "housekeeping do."
	print ".Xr cordon-policy 5\ntells what rules say with them, and how a policy declares"
	print "protocols of its own."
	print ".Ql cordon services\nprints this table in the language itself."
	print ".Pp"
	print "What publishes nothing of its bytes is a service, told by its port alone, as is"
	print ".Ic pi ,\nthe PI Data Archive, on tcp 5450: an operation of it cannot be named."
	print ".Sh PROTOCOLS"
}
/^#/ {
	line = $0
	sub(/^# ?/, "", line)
	comment = comment (comment == "" ? "" : " ") line
	next
}
/^protocol / {
	source = comment
	inside = 1
	begin($0)
	text = ""
	next
}
inside && /^}/ { inside = 0; end() }
inside {
	line = $0
	sub(/^[ \t]+/, "", line)
	text = text (text == "" ? "" : " ") line
	if (line !~ /,$/) {
		item(text)
		text = ""
	}
}
{ comment = "" }
END {
	print ".Sh SEE ALSO\n.Xr cordon-services 1 ,\n.Xr cordon-verify 1 ,\n.Xr cordon-policy 5"
}
