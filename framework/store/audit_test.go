package store

import (
	"testing"

	"github.com/openaisle/aisle/framework/simulate/audit"
)

// audited holds a run's receipts against the world's own books.
func audited(t *testing.T, data string) audit.Report {
	t.Helper()
	b, err := audit.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Audit(b, nil)
}

// sound reports whether nobody was charged twice or too much and no hold hangs.
func sound(r audit.Report) bool {
	return r.Overcharged == 0 && r.Doubled == 0 && r.Lost == 0 && r.UnresolvedHolds == 0
}
