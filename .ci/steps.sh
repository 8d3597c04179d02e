# The steps of .ci/run, in its order. Sourced, not run.

apt_packages() {
	local missing=()
	command -v chromium >/dev/null || missing+=(chromium)
	[ -d /usr/share/fonts/truetype/dejavu ] || missing+=(fonts-dejavu)
	command -v cc >/dev/null || missing+=(gcc libc6-dev) # the race detector links with it
	# The partition tests make network namespaces and lose packets in them.
	command -v ip >/dev/null || missing+=(iproute2)
	command -v nft >/dev/null || missing+=(nftables)
	command -v socat >/dev/null || missing+=(socat) # serial lines of two ends
	# Peers of plugins that are not ours: of LLRP a dissector and a reader's library, of Modbus
	# servers and a master, of MQTT brokers.
	command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
	command -v mbpoll >/dev/null || missing+=(mbpoll)
	command -v tshark >/dev/null || missing+=(tshark)
	command -v npm >/dev/null || missing+=(nodejs npm)
	/usr/bin/python3 -c 'import pymodbus.server, serial_asyncio' 2>/dev/null || missing+=(python3-pymodbus python3-serial-asyncio)
	# The kernel that tests of GPIO, I2C and SPI boot, and what its simulator is compiled with.
	command -v qemu-system-x86_64 >/dev/null || missing+=(qemu-system-x86)
	command -v make >/dev/null || missing+=(make)
	command -v gcc-12 >/dev/null || missing+=(gcc-12)
	command -v strip >/dev/null || missing+=(binutils)
	command -v xz >/dev/null || missing+=(xz-utils)
	ldconfig -p 2>/dev/null | grep -q 'libelf[.]so[.]1' || missing+=(libelf1)
	# The zoo's plugins in another language.
	/usr/bin/python3 -c 'import grpc, google.protobuf, cryptography' 2>/dev/null ||
		missing+=(python3 python3-grpcio python3-protobuf python3-cryptography)
	if [ ${#missing[@]} -eq 0 ]; then
		echo "all there"
		return 0
	fi
	[ "$(id -u)" -eq 0 ] || skip "not root, and missing: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q >"$work/apt.log" 2>&1 &&
		apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$work/apt.log" 2>&1 || {
		tail -n 40 "$work/apt.log"
		return 1
	}
	echo "installed: ${missing[*]}"
}

# The peers that npm has, at exact versions; variables tell the tests where (.ci/run).
npm_packages() {
	npm_package "$AISLE_LLRPJS" llrpjs 1.0.1 && npm_package "$AISLE_AEDES" aedes 1.2.0 && npm_package "$AISLE_MODBUS_SERIAL" modbus-serial 8.0.25
}

# npm_package FOLDER NAME VERSION
npm_package() {
	[ -f "$1/node_modules/$2/package.json" ] || npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$1" "$2@$3"
	ls "$1/node_modules/$2/package.json"
}

# The image that tests in a machine boot; they skip without it, and download nothing themselves.
machine_image() {
	local status=0
	command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is missing"
	go run ./tools/hil/cmd/hil prepare >"$work/machine.log" 2>&1 || status=$?
	if [ "$status" -ne 0 ] && [ "$(id -u)" -eq 0 ]; then # the package lists may be older than the archive, or none
		apt-get update -q >>"$work/machine.log" 2>&1 || true
		status=0
		go run ./tools/hil/cmd/hil prepare >>"$work/machine.log" 2>&1 || status=$?
	fi
	tail -n 20 "$work/machine.log"
	! grep -q '^exit status 3$' "$work/machine.log" || [ "$status" -eq 0 ] || skip "no machine: $(grep '^hil: ' "$work/machine.log" | tail -n 1)"
	return "$status"
}

go_fmt() {
	local bad
	bad=$(go_files | tr '\n' '\0' | xargs -0r gofmt -l)
	[ -z "$bad" ] || {
		printf 'not gofmt:\n%s\n' "$bad"
		return 1
	}
}

go_vet() { go vet ./...; }

build_without_cgo() { CGO_ENABLED=0 go build ./...; }

# The README's command, once, verbose into a file: its closing lines are shown, its skips kept.
tests() {
	local status=0 passed failed_tests skipped
	need stripe-mock
	go test -count=1 -timeout 15m -v ./... >"$work/test.log" 2>&1 || status=$?
	if [ "$status" -ne 0 ]; then
		awk -f .ci/failed.awk "$work/test.log" | tail -n 400 || true
	fi
	grep -E '^(ok|FAIL)[[:space:]]+[^[:space:]]' "$work/test.log" || true
	passed=$(grep -cE '^[[:space:]]*--- PASS: ' "$work/test.log" || true)
	failed_tests=$(grep -cE '^[[:space:]]*--- FAIL: |^FAIL[[:space:]].*\[(build|setup) failed\]' "$work/test.log" || true)
	skipped=$(grep -cE '^[[:space:]]*--- SKIP: ' "$work/test.log" || true)
	awk -f .ci/skips.awk "$work/test.log" >>"$work/skips"
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed_tests" "$skipped" | tee "$work/counts"
	[ "$passed" -gt 0 ] || {
		echo "no test ran"
		return 1
	}
	[ "$status" -eq 0 ] || once_more "$work/test.log"
}

# peers_table holds the table of plugins/README.md against the tests that ran.
peers_table() { go run ./tools/peers -check <"$work/test.log"; }

# once_more LOG [FLAG...] runs what failed again, alone, where that is one test or two: the machine's
# doing then passes thrice, and is named in the summary for somebody to mend. What is really wrong
# fails here too.
once_more() {
	local package name log=$1
	shift
	awk -f .ci/failures.awk "$log" >"$work/failures"
	[ -s "$work/failures" ] && [ "$(wc -l <"$work/failures")" -le 2 ] && ! grep -q ' -$' "$work/failures" || return 1
	while read -r package name; do
		echo "once more: $name of $package"
		go test -count=3 -timeout 10m -run "^$name\$" "$@" "$package" || return 1
		echo "failed once, then passed three times alone: $name of $package" >>"$work/counts"
	done <"$work/failures"
}

# The long tests have run above; here their short forms look for races.
race() {
	need stripe-mock
	# Vetted above; without tables for debuggers the 70 programs link in half the time.
	# In pure rooms nothing can race: the linters let them start no goroutine.
	local rooms
	rooms=$(go list ./sdk/... ./framework/... | grep -vE '/(sdk/(gs1|money|measure|observe|fault|signal)|framework/(event|ledger|core(/.*)?))$')
	# shellcheck disable=SC2086 # a word each
	CGO_ENABLED=1 go test -race -short -count=1 -timeout 15m -vet=off -ldflags='-s -w' $rooms >"$work/race.log" 2>&1 || {
		head -n 400 "$work/race.log"
		# A race that was seen is there, however often it is not seen again.
		! grep -q '^WARNING: DATA RACE' "$work/race.log" || return 1
		CGO_ENABLED=1 once_more "$work/race.log" -race -short || return 1
	}
	grep -E '^ok' "$work/race.log"
}

lint() {
	need golangci-lint
	golangci-lint run ./...
}

lint_selftest() {
	need golangci-lint
	.ci/lint-selftest
}

buf_lint() {
	need buf
	(cd sdk/proto && buf lint)
	(cd framework/supervisor/agent/proto && buf lint)
}

# Two machines whose line is cut for a whole minute; the tests above cut it for seconds.
partitions() {
	[ "$(id -u)" -eq 0 ] || skip "not root, so no network namespaces"
	AISLE_LONG=1 go test -count=1 -timeout 10m -parallel 3 -v -run 'TestPartition|TestCablePulled|TestLossDelayPartition' \
		./framework/supervisor/agent >"$work/partitions.log" 2>&1 || {
		grep -v level= "$work/partitions.log" | head -n 100
		return 1
	}
	grep -E 'ready .* after|ticks, none lost|commands:|^--- ' "$work/partitions.log"
}

# The commit whose protos are the promise: what a working tree is based on, what a branch left, or
# the commit before the last one.
proto_base() {
	if [ -n "${AISLE_PROTO_BASE:-}" ]; then
		echo "$AISLE_PROTO_BASE"
	elif ! git diff --quiet HEAD -- sdk/proto; then
		echo HEAD
	elif git rev-parse -q --verify origin/main >/dev/null &&
		[ "$(git rev-parse origin/main)" != "$(git rev-parse HEAD)" ] && git merge-base --is-ancestor origin/main HEAD; then
		echo origin/main
	else
		echo HEAD^
	fi
}

buf_breaking() {
	local base
	need buf
	base=$(proto_base)
	git rev-parse -q --verify "$base^{commit}" >/dev/null || skip "no earlier commit ($base)"
	git ls-tree -r --name-only "$base" -- sdk/proto | grep -q '\.proto$' || skip "no protos in $base"
	mkdir "$work/base"
	git archive "$base" sdk/proto | tar -x -C "$work/base"
	echo "against $base, $(git rev-parse --short "$base")"
	(cd sdk/proto && buf breaking --against "$work/base/sdk/proto")
}

# Generated beside the tree, so that the tree is never touched.
generated_code() {
	need buf protoc-gen-go protoc-gen-go-grpc
	mkdir -p "$work/gen/sdk/internal"
	cp -r sdk/proto "$work/gen/sdk/proto"
	(cd "$work/gen/sdk/proto" && buf generate)
	diff -ru sdk/internal/pb "$work/gen/sdk/internal/pb" || {
		echo "sdk/internal/pb is not what sdk/proto generates: cd sdk/proto && buf generate"
		return 1
	}
	mkdir -p "$work/gen/agent/internal"
	cp -r framework/supervisor/agent/proto "$work/gen/agent/proto"
	(cd "$work/gen/agent/proto" && buf generate)
	diff -ru framework/supervisor/agent/internal/agentpb "$work/gen/agent/internal/agentpb" || {
		echo "agentpb is not what its proto generates: cd framework/supervisor/agent/proto && buf generate"
		return 1
	}
}

# aisle COMMAND... runs the command, built once, for at most $within seconds.
aisle() {
	[ -x "$work/aisle" ] || CGO_ENABLED=0 go build -o "$work/aisle" ./tools/aisle || exit 1
	timeout "${within:-300}" "$work/aisle" "$@"
}

example_stores() {
	local dir vars count=0 tested=0 bad=0
	for dir in examples/*/; do
		compgen -G "$dir*.hcl" >/dev/null || continue
		vars=()
		if [ "$dir" = examples/recorded-shelf/ ]; then
			[ -n "${AISLE_DATA:-}" ] || skip "AISLE_DATA is not set: examples/recorded-shelf reads its catalogue there"
			vars=(--var "recording=$AISLE_DATA/data/aim3s-shelf-recording")
		fi
		count=$((count + 1))
		echo "aisle validate ${dir%/}"
		aisle validate "${dir%/}" ${vars[@]+"${vars[@]}"} || bad=$((bad + 1))
		aisle fmt --check --diff "${dir%/}" || bad=$((bad + 1))
		if compgen -G "$dir*.storetest.hcl" >/dev/null || compgen -G "${dir}tests/*.storetest.hcl" >/dev/null; then
			tested=$((tested + 1))
			echo "aisle test ${dir%/}"
			aisle test "${dir%/}" ${vars[@]+"${vars[@]}"} || bad=$((bad + 1))
		fi
	done
	for dir in examples/fleet-140/shop examples/fleet-140/modules/lane; do
		aisle fmt --check --diff "$dir" || bad=$((bad + 1))
	done
	[ "$tested" -ge 4 ] || {
		echo "only $tested example stores have tests"
		return 1
	}
	[ "$count" -gt 0 ] || {
		echo "no example store"
		return 1
	}
	[ "$bad" -eq 0 ]
}

# demo NOISE SHOPPERS SEED prints the closing object of one demo, which must hold what holds always.
demo() {
	local data=$work/demo-$1-$3 last
	echo "aisle demo --noise $1 --shoppers $2 --seed $3"
	aisle demo --noise "$1" --shoppers "$2" --seed "$3" --speed max --headless --json --data "$data" >"$data.out" || {
		local status=$?
		tail -n 40 "$data.out"
		return "$status"
	}
	last=$(tail -n 1 "$data.out")
	echo "$last"
	expect "$last" overcharged 0
	expect "$last" unresolved_holds 0
	expect "$last" journal_ok true
	aisle journal verify "$data"
	aisle replay "$data"
}

demo_none() {
	local seed last
	for seed in 11 12; do
		demo none 100 "$seed"
		last=$(tail -n 1 "$work/demo-none-$seed.out")
		expect "$last" undercharged 0
		expect "$last" exact "$(json receipts <<<"$last")"
	done
}

demo_nominal() {
	local last exact receipts
	demo nominal 100 21
	last=$(tail -n 1 "$work/demo-nominal-21.out")
	exact=$(json exact <<<"$last") receipts=$(json receipts <<<"$last")
	[ "$receipts" -gt 0 ] && [ $((exact * 100)) -ge $((receipts * 80)) ] || {
		echo "exact is $exact of $receipts, want at least 80 %"
		return 1
	}
}

# demo_wire is the corner shop on real protocols, by the wall's clock: a few shoppers, exact. A machine that
# stands still for longer than the store waits for its camera leaves a line in doubt, and such a run has no
# end of its own: there is a second one then. Too much or too little is charged in none.
demo_wire() {
	local last status try
	for try in 1 2; do
		status=0
		within=$((try * 140)) aisle demo --example corner-wire --noise none --shoppers 4 --seed 1 --headless --json \
			--data "$work/demo-wire-$try" >"$work/demo-wire.out" || status=$?
		last=$(tail -n 1 "$work/demo-wire.out")
		echo "$last"
		expect "$last" overcharged 0
		expect "$last" journal_ok true
		if [ "$status" -eq 0 ] && grep -q '"exact":4,' <<<"$last"; then break; fi
	done
	[ "$status" -eq 0 ] || {
		tail -n 40 "$work/demo-wire.out"
		return "$status"
	}
	expect "$last" undercharged 0
	expect "$last" exact 4
}

recorded_shelf() {
	[ -n "${AISLE_DATA:-}" ] || skip "AISLE_DATA is not set: the recording can't be found"
	need stripe-mock
	aisle run --data "$work/recorded" examples/recorded-shelf \
		--var "recording=$AISLE_DATA/data/aim3s-shelf-recording" --until-idle --json >"$work/recorded.out" || {
		local status=$?
		tail -n 40 "$work/recorded.out"
		return "$status"
	}
	tail -n 1 "$work/recorded.out"
}

drill() {
	local last
	aisle drill host-kill --times 10 --json >"$work/drill.out" || {
		local status=$?
		tail -n 40 "$work/drill.out"
		return "$status"
	}
	last=$(tail -n 1 "$work/drill.out")
	echo "$last"
	expect "$last" kills 10
	expect "$last" lost 0
	expect "$last" doubled 0
	expect "$last" stuck 0
}

# failure_one does one kind of failure: its name, and flags.
failure_one() {
	local kind=$1 name=${1%% *} last begin=$SECONDS
	# shellcheck disable=SC2086 # a kind may have flags
	timeout 300 "$work/aisle" drill $kind --times 1 --json >"$work/$name.out" 2>"$work/$name.log" || {
		local status=$?
		echo "drill $kind: status $status"
		tail -n 40 "$work/$name.log" "$work/$name.out"
		return "$status"
	}
	last=$(tail -n 1 "$work/$name.out")
	echo "$name, $((SECONDS - begin)) s: $last"
	expect "$last" times 1 && expect "$last" overcharged 0 && expect "$last" inside 0
}

# What a retailer meets, done to an open store: a plugin killed, one that hangs, a device unplugged,
# an upgrade, one that is rolled back, and the line to another machine cut. Each drill says itself
# whether anybody was hurt. They mostly wait, so three stores are open at a time, the longest first.
failures() {
	aisle version >/dev/null # built, for it may take longer than others
	export -f failure_one expect json
	export work
	printf '%s\0' "partition --shoppers 8" unplug upgrade rollback plugin-hang plugin-kill |
		xargs -0 -n 1 -P 3 bash -c 'failure_one "$0"'
}

# How many seeds of the profile full a run has: each makes some twenty sessions with five faults
# or more. It is also the least at which a fault that never struck fails the run.
simulated_seeds=${AISLE_SIM_SEEDS:-10000}

# Seeds of the simulator: nobody is wronged without noise, with the noise of good devices, with
# one fault after the other, or with most of them and often. A fault that never struck in the
# profile full fails the run by itself.
simulate() {
	local profile last seeds within=1500
	for profile in none nominal faults full; do
		seeds=120
		[ "$profile" = full ] && seeds=$simulated_seeds
		aisle sim --seeds "$seeds" --profile "$profile" --json >"$work/sim.out" 2>"$work/sim.log" || {
			local status=$?
			tail -n 40 "$work/sim.log" "$work/sim.out"
			return "$status"
		}
		last=$(tail -n 1 "$work/sim.out")
		echo "${last%%,\"faults\"*}"
		expect "$last" seeds "$seeds"
		expect "$last" violations 0
		expect "$last" unresolved 0
	done
}

# Power cuts: after every kind of write, with what was not synced lost, torn, reordered.
crashes() {
	local last
	[ -w /dev/fuse ] || skip "no FUSE here"
	aisle sim crash --points 25000 --json >"$work/crash.out" 2>"$work/crash.log" || {
		local status=$?
		tail -n 40 "$work/crash.log" "$work/crash.out"
		return "$status"
	}
	last=$(tail -n 1 "$work/crash.out")
	echo "$last"
	expect "$last" points 25000
	expect "$last" violations 0
}

# Hosts, plugins and processors killed for real, each with a charge asked for and not answered.
kills() {
	local last
	aisle version >/dev/null # built, for it may take longer than others
	timeout 900 "$work/aisle" drill host-kill --in-flight --times 200 --shoppers 40 --at-once 4 --json >"$work/kills.out" 2>"$work/kills.log" || {
		local status=$?
		grep -v '^Buil' "$work/kills.log" | tail -n 60
		tail -n 1 "$work/kills.out"
		return "$status"
	}
	last=$(tail -n 1 "$work/kills.out")
	echo "$last"
	[ "$(json kills <<<"$last")" -ge 200 ]
	expect "$last" lost 0
	expect "$last" doubled 0
	expect "$last" stuck 0
	expect "$last" apart 0
}

# Mistakes planted in copies of the source: six others with each hour. That all of the table fit the source the
# tests have shown.
planted_bugs() {
	local last
	AISLE_LONG=1 go test -count=1 -run TestPlant ./framework/simulate/mutants
	aisle sim mutants --from "$(($(date +%s) / 3600 * 6))" --count 6 --within 45s --json >"$work/mutants.out" 2>"$work/mutants.log" || {
		local status=$?
		tail -n 80 "$work/mutants.log"
		return "$status"
	}
	grep ' of ' "$work/mutants.log"
	last=$(tail -n 1 "$work/mutants.out")
	echo "${last%%,\"mutants\"*}"
	expect "$last" caught "$(json planted <<<"$last")"
}

# What the plugin host promises, in few turns. What takes time is measured beside whatever else this
# machine does, so only the other limits fail the run: nothing lost, nothing left, no way out.
bench_host() {
	local key rows=$work/bench-host.out
	: >"$rows"
	for key in kill freeze stop orphans residue broken memory escapes loss agent subscriber swap; do
		aisle bench host --only "$key" --json --kills 5 --freezes 1 --stops 40 --trials 2 --restarts 10 --seconds 2 --stall 2s --cut 4s --deaf 11s \
			>>"$rows" 2>"$work/bench-host.log" || {
			local status=$?
			tail -n 40 "$work/bench-host.log"
			return "$status"
		}
	done
	sed -n 's/.*"name":"\([^"]*\)","value":\([^,]*\),"unit":"\([^"]*\)","limit":\([^,]*\),.*"result":"\([^"]*\)".*/\5 \1: \2 \3, limit \4/p' "$rows"
	if grep '"result":"MISS"' "$rows" | grep -vE '"unit":"(ms|times|events/s|% of core)"'; then
		echo "limits that are no timings are missed"
		return 1
	fi
	[ "$(grep -c '"result":"PASS"' "$rows")" -ge 20 ] || {
		echo "figures are missing"
		return 1
	}
}

# fuzz_one fuzzes FILE:func NAME. Go may report the end of the time itself as a failure (golang/go
# issue 75804): that is one only where an input was kept, or where anything else is said.
fuzz_one() {
	local file=${1%%:*} name=${1##* } status=0 seconds log
	seconds=$(fuzz_seconds "$file")
	log=$work/fuzz.$name.${file//\//.}.log
	# Shrinking what is new, a minute each by default, would leave no time to find more.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "${seconds}s" -fuzzminimizetime 20x -parallel 1 "./${file%/*}" >"$log" 2>&1 || status=$?
	if [ $status -ne 0 ] && grep -q '^    context deadline exceeded$' "$log" && ! grep -qE 'Failing input|panic:|_test\.go:|hung or terminated' "$log"; then
		echo "its time ended before its worker did" >>"$log"
		status=0
	fi
	[ $status -eq 0 ] || cat "$log"
	echo "$name in ${file%/*}, $seconds s: $(grep '^fuzz: elapsed' "$log" | tail -n 1)"
	return $status
}

# Four targets at a time with one worker each: a minute for whoever reads what others wrote (store
# files, schemas, locks, packages, tables, what devices say), two seconds for the rest;
# AISLE_FUZZ_SECONDS each where it is set.
fuzz() {
	local targets
	targets=$(go_files | grep '_test\.go$' | grep -v '^\.ci/' | xargs -r grep -HoE '^func Fuzz[A-Z][A-Za-z0-9_]*' || true)
	[ -n "$targets" ] || skip "no fuzz target yet"
	export -f fuzz_one fuzz_seconds
	export work
	tr '\n' '\0' <<<"$targets" | xargs -0r -n 1 -P 6 bash -c 'fuzz_one "$0"'
}

# fuzz_seconds says how long the target of a file is fuzzed.
fuzz_seconds() {
	case $1 in
	hcl/* | plugins/* | framework/distribution/*) echo "${AISLE_FUZZ_SECONDS:-60}" ;;
	*) echo "${AISLE_FUZZ_SECONDS:-2}" ;;
	esac
}

mod_tidy() {
	go mod tidy -diff >"$work/tidy" 2>&1 || {
		head -n 60 "$work/tidy"
		return 1
	}
}

# Every skip so far is one that .ci/expected-skips expects, with a reason.
expected_skips() {
	awk '
	FILENAME == ARGV[1] {
		if ($0 ~ /^[ \t]*(#|$)/) next
		at = index($0, " # ")
		if (at == 0 || length($0) < at + 3) { print "no reason: " $0; bad++; next }
		expect[++n] = substr($0, 1, at - 1)
		next
	}
	{
		for (i = 1; i <= n; i++) if ($0 ~ expect[i]) { seen[i] = 1; next }
		print "not expected: " $0
		bad++
	}
	END {
		for (i = 1; i <= n; i++) if (!(i in seen)) print "did not occur: " expect[i]
		exit bad > 0
	}' .ci/expected-skips "$work/skips"
}
