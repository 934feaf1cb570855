# SPDX-License-Identifier: Apache-2.0
#
# `od -An -v -tu1` to a C array: the prelude inside the program.
BEGIN {
	print "/* Made from lang/prelude.cordon. */"
	print "#include \"config.h\""
	print "#include \"lang/lang.h\"\n"
	print "static const char prelude[] = {"
}
{
	for (i = 1; i <= NF; i++) {
		printf "%d,", $i
		bytes++
	}
	print ""
}
END {
	print "0 };\n"
	print "const char *prelude_text(size_t *length)\n{"
	print "\t*length = " bytes ";\n\treturn prelude;\n}"
}
