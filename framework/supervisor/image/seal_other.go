//go:build !linux

package image

import "os"

// state is a file as it is at one time.
type state struct {
	key     key
	settled bool
}

func look(*os.File, int64) (state, error) { return state{}, ErrUnsupported }

func copyOf(*os.File, int64) (*Image, state, error) { return nil, state{}, ErrUnsupported }
