package crash

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if Child(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

func usable(t *testing.T) {
	t.Helper()
	if err := Usable(); err != nil {
		t.Skip("no crash enumeration: " + err.Error())
	}
}

func run(t *testing.T, o Options) Result {
	t.Helper()
	usable(t)
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	return r
}

func TestNothingIsLost(t *testing.T) {
	r := run(t, Options{Points: 1200, Journeys: 10})
	if r.Violations > 0 || r.Points != 1200 {
		t.Errorf("%d points, %d violations", r.Points, r.Violations)
	}
}

func TestOne(t *testing.T) {
	if os.Getenv("POINT") != "" {
		run(t, Options{Only: os.Getenv("POINT"), Journeys: 1})
	}
}
