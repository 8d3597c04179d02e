package stripetest

import (
	"errors"
	"os"
)

// A TB is what Run needs of *testing.T or *testing.B; it keeps package testing out of cmd/stripetest.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Run starts a server for a test and closes it at its end. Where stripe-mock can't be had the test is skipped with
// the reason, unless CI is set in the environment: there it fails.
func Run(t TB, opts Options) *Server {
	t.Helper()
	s, err := Start(opts)
	if errors.Is(err, ErrNoMock) && os.Getenv("CI") == "" {
		t.Skipf("%v", err)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close stripetest: %v", err)
		}
	})
	return s
}
