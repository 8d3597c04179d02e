# Of the output of go test -v, what the failed tests said: the lines under their own marks.
function forget(   t) { for (t in said) delete said[t]; for (t in bad) delete bad[t]; test = ""; order = 0 }
function tell(   i, t) {
	for (i = 1; i <= order; i++) {
		t = names[i]
		if (bad[t]) printf "--- FAIL: %s\n%s", t, said[t]
	}
}
/^=== (RUN|CONT|NAME|PAUSE) / {
	test = $3
	if (!(test in said)) { said[test] = ""; names[++order] = test }
	next
}
/^ *--- FAIL: / { bad[$3] = 1; test = $3; next }
/^ *--- (PASS|SKIP): / { test = $3; next }
/^(ok|FAIL|\?)[ \t]/ {
	if (/^FAIL/) { tell(); print }
	forget()
	next
}
/^panic:|^fatal error:/ { loud = 1 }
test == "" || loud { if (!/^(PASS|FAIL)$/) print; next }
{
	said[test] = said[test] $0 "\n"
	if (length(said[test]) > 20000) said[test] = substr(said[test], 10000) # how it ended
}
