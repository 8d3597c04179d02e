package build

import (
	"fmt"
	"os"
	"syscall"
)

// checkOwn says why a folder is not this user's alone: another would choose the
// program that is run.
func checkOwn(dir string) error {
	i, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := i.Sys().(*syscall.Stat_t)
	if !i.IsDir() || !ok || int(st.Uid) != os.Geteuid() || i.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not this user's own", dir)
	}
	return nil
}
