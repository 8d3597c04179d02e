# Of the output of go test -v, one line a failed test of the top level: PACKAGE TEST, and a package
# that failed without one (it panicked, ran out of time, did not build) with "-".
/^--- FAIL: / { failed[++n] = $3; next }
/^(panic:|fatal error:)/ { n = 0; whole = 1 }
/^(ok|FAIL)[ \t]+[^ \t]+/ {
	if (/^FAIL/ && (n == 0 || whole)) print $2 " -"
	else if (/^FAIL/) for (i = 1; i <= n; i++) print $2 " " failed[i]
	n = whole = 0
}
