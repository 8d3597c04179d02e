# The tools of .ci/run at exact versions, outside the product's module graph. Sourced, not run.
#
# install_tools builds what is missing, in the order in which steps need it, while other steps run;
# need TOOL... waits for it. What was built stays in ~/.cache/aisle-ci, keyed by version.

# name, package, version; the module is what `go version -m` calls mod.
readonly TOOLS="
stripe-mock        github.com/stripe/stripe-mock                          v0.203.0
protoc-gen-go      google.golang.org/protobuf/cmd/protoc-gen-go           v1.36.12
protoc-gen-go-grpc google.golang.org/grpc/cmd/protoc-gen-go-grpc          v1.6.2
golangci-lint      github.com/golangci/golangci-lint/v2/cmd/golangci-lint v2.15.0
buf                github.com/bufbuild/buf/cmd/buf                        v1.75.0
"

# is_version FILE PACKAGE VERSION tells whether FILE was built from that package at that version.
is_version() {
	[ -x "$1" ] && go version -m "$1" 2>/dev/null | awk -v pkg="$2" -v version="$3" '
		$1 == "path" && $2 == pkg { path = 1 }
		$1 == "mod" && $3 == version { mod = 1 }
		END { exit !(path && mod) }'
}

# install_tool NAME PACKAGE VERSION puts a link to the tool into $work/bin.
install_tool() {
	local name=$1 package=$2 version=$3 cached="$cache/bin/$1-$3/$1" found
	found=$(command -v "$name" || true)
	if is_version "$cached" "$package" "$version"; then
		found=$cached
	elif ! is_version "$found" "$package" "$version"; then
		local fresh
		fresh=$(mktemp -d "$cache/build.XXXXXX")
		if ! GOBIN=$fresh CGO_ENABLED=0 nice go install "$package@$version" >"$work/tools/$name.log" 2>&1; then
			rm -rf "$fresh"
			touch "$work/tools/$name.failed"
			return 0
		fi
		mkdir -p "$(dirname "$cached")"
		mv "$fresh/$name" "$cached"
		rmdir "$fresh"
		found=$cached
	fi
	ln -sf "$found" "$work/bin/$name"
}

# install_tools installs all; run it in the background.
install_tools() {
	local name package version
	while read -r name package version; do
		[ -z "$name" ] || install_tool "$name" "$package" "$version"
	done <<<"$TOOLS"
}

# need TOOL... waits for tools under way and fails where one could not be built.
need() {
	local name
	for name; do
		while [ ! -e "$work/bin/$name" ]; do
			if [ -e "$work/tools/$name.failed" ] || ! kill -0 "$installer" 2>/dev/null; then
				[ ! -e "$work/bin/$name" ] || continue
				printf '%s could not be installed:\n' "$name"
				cat "$work/tools/$name.log" 2>/dev/null || true
				return 1
			fi
			sleep 0.2
		done
	done
}
