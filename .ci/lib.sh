# Helpers of .ci/run: steps with a heading, a duration and an outcome. Sourced, not run.
#
# A step is a function. It runs in a subshell under set -e with no standard input; its exit status
# is its outcome, and every step runs whatever became of the others. skip REASON ends a step whose
# subject is not there.

readonly SKIP_STATUS=77
table=()  # one line a step, printed at the end
failed=0  # steps that failed
started=$SECONDS

# step NAME FUNCTION runs one step.
step() {
	local name=$1 fn=$2 begin=$SECONDS status=0 word
	printf '\n==> %s\n' "$name"
	rm -f "$work/skip"
	set +e
	(
		set -euo pipefail
		"$fn"
	) </dev/null 2>&1
	status=$?
	set -e
	case $status in
	0) word=ok ;;
	"$SKIP_STATUS")
		if [ -f "$work/skip" ]; then
			word=SKIPPED
			printf 'step %s: %s\n' "$name" "$(cat "$work/skip")" >>"$work/skips"
		else
			word=FAILED
		fi
		;;
	*) word=FAILED ;;
	esac
	[ "$word" != FAILED ] || failed=$((failed + 1))
	printf '    %s: %s, %d s\n' "$name" "$word" $((SECONDS - begin))
	table+=("$(printf '%-9s %5d s  %s' "$word" $((SECONDS - begin)) "$name")")
}

# skip REASON ends the running step as skipped, visibly.
skip() {
	printf 'SKIPPED: %s\n' "$*" >&2 # a step may have standard output elsewhere
	printf '%s\n' "$*" >"$work/skip"
	exit "$SKIP_STATUS"
}

# json KEY reads one number, boolean or string from a one-line JSON object on standard input.
json() {
	sed -n 's/.*"'"$1"'" *: *\("[^"]*"\|[^],}]*\).*/\1/p' | tr -d '" '
}

# expect OBJECT KEY VALUE compares one value of a one-line JSON object.
expect() {
	local got
	got=$(json "$2" <<<"$1")
	if [ "$got" != "$3" ]; then
		printf '%s is "%s", want %s in: %s\n' "$2" "$got" "$3" "$1"
		return 1
	fi
}

# go_files lists the Go files git would have, tracked or new.
go_files() {
	git ls-files -co --exclude-standard -- '*.go' | while read -r f; do [ -f "$f" ] && printf '%s\n' "$f"; done
	return 0
}
