package doctor

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// landlockVersion asks the kernel for the version of Landlock that it has; 0 for
// none (landlock_create_ruleset(2)).
func landlockVersion() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
}

func landlock() Feature {
	v := landlockVersion()
	if v == 0 {
		return Feature{"landlock", false, "this kernel has none, or it is not among its security modules (boot with lsm=landlock,...)"}
	}
	return Feature{"landlock", true, "version " + strconv.Itoa(v)}
}
