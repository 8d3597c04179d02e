# Reads the output of go test -v and prints one line a skipped test: PACKAGE.TEST: REASON
# The reason is the last thing the test logged, but for lines with a time, which are go-plugin's of a
# process that ended after it; the package is known when its output ends.
/^=== (RUN|NAME|CONT|PAUSE)/ { test = $3; next }
/^ +[^ :]+\.go:[0-9]+: / {
	reason = $0
	sub(/^ +[^ :]+\.go:[0-9]+: /, "", reason)
	if (reason !~ /^[0-9-]+T[0-9:.]+Z? \[[A-Z]+\]/) said[test] = reason
	next
}
/^ *--- SKIP: / { skipped[++n] = $3; next }
/^(ok|FAIL)[ \t]+[^ \t]+/ {
	for (i = 1; i <= n; i++) print $2 "." skipped[i] ": " said[skipped[i]]
	n = 0
	split("", said)
}
