package image

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// raceDetector is set where it would make long tests longer.
var raceDetector bool

// The test program is the program that the tests run, too: with a first
// argument "say" it prints its second and ends.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "say" {
		os.Stdout.WriteString(os.Args[2])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
