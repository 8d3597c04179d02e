package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAudit(t *testing.T) {
	const (
		cola    = `{"credential":"a","items":[{"gtin":"09521234000112","qty":2}]}`
		charged = `{"session":"s","credential":"a","lines":[{"gtin":"09521234000112","qty":2,"amount_minor":200}],"pending":[],"total_minor":200,"state":"captured"}`
		hold    = `{"credential":"a","key":"h","op":"authorize","amount_minor":1000}`
		capture = `{"credential":"a","key":"c","op":"capture","amount_minor":200}`
		void    = `{"credential":"a","key":"v","op":"void","amount_minor":1000}`
		zero    = `{"session":"s","credential":"a","lines":[],"pending":[],"total_minor":0,"state":"voided"}`
	)
	for name, c := range map[string]struct {
		truth, receipts, ledger string
		want                    AuditReport
		ok                      bool
	}{
		"nothing":           {"", "", "", AuditReport{}, true},
		"exact":             {cola, charged, hold + "\n" + capture, AuditReport{Visits: 1, Receipts: 1, Exact: 1, CapturedMinor: 200}, true},
		"carried nothing":   {`{"credential":"a","items":[]}`, zero, hold + "\n" + void, AuditReport{Visits: 1, Receipts: 1, Exact: 1, Voided: 1}, true},
		"never came in":     {`{"credential":"a","items":[]}`, "", "", AuditReport{Visits: 1}, true},
		"one too many":      {strings.Replace(cola, ":2", ":1", 1), charged, hold + "\n" + capture, AuditReport{Visits: 1, Receipts: 1, Overcharged: 1, CapturedMinor: 200}, false},
		"something else":    {strings.Replace(cola, `"09521234000112"`, `"09521234000228"`, 1), charged, hold + "\n" + capture, AuditReport{Visits: 1, Receipts: 1, Overcharged: 1, CapturedMinor: 200}, false},
		"one too few":       {strings.Replace(cola, ":2", ":3", 1), charged, hold + "\n" + capture, AuditReport{Visits: 1, Receipts: 1, Undercharged: 1, CapturedMinor: 200}, true},
		"nobody knows them": {"", charged, hold + "\n" + capture, AuditReport{Receipts: 1, Overcharged: 1, CapturedMinor: 200}, false},
		"in review":         {cola, strings.Replace(zero, `"pending":[]`, `"pending":[{"gtin":"09521234000112","qty":2}]`, 1), hold + "\n" + void, AuditReport{Visits: 1, Receipts: 1, Undercharged: 1, InReview: 1, Voided: 1}, true},
		"lost":              {cola, "", "", AuditReport{Visits: 1, Lost: 1}, false},
		"hold left open":    {cola, charged, hold, AuditReport{Visits: 1, Receipts: 1, Exact: 1, UnresolvedHolds: 1, Mismatched: 1}, false},
		"charged twice":     {cola, charged, hold + "\n" + capture + "\n" + capture, AuditReport{Visits: 1, Receipts: 1, Exact: 1, CapturedMinor: 400, Doubled: 1, Mismatched: 1}, false},
		"held twice":        {cola, charged, hold + "\n" + strings.Replace(hold, `"h"`, `"h2"`, 1) + "\n" + capture, AuditReport{Visits: 1, Receipts: 1, Exact: 1, CapturedMinor: 200, Doubled: 1, UnresolvedHolds: 1}, false},
		"another amount":    {cola, charged, hold + "\n" + strings.Replace(capture, "200", "300", 1), AuditReport{Visits: 1, Receipts: 1, Exact: 1, CapturedMinor: 300, Mismatched: 1}, false},
		"a torn last line":  {cola, charged, hold + "\n" + capture + "\n" + capture[:20], AuditReport{Visits: 1, Receipts: 1, Exact: 1, CapturedMinor: 200}, true},
	} {
		data := t.TempDir()
		for file, text := range map[string]string{TruthFile: c.truth, ReceiptsFile: c.receipts, LedgerFile: c.ledger} {
			if text != "" {
				if err := os.WriteFile(filepath.Join(data, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, err := Audit(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(c.want, got, cmpopts.IgnoreFields(AuditReport{}, "Details")); d != "" || got.OK() != c.ok || (len(got.Details) == 0) != c.ok {
			t.Errorf("%s: ok %v, details %q, (-want +got):\n%s", name, got.OK(), got.Details, d)
		}
	}
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, TruthFile), []byte("{\n"+cola+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Audit(data); err == nil || !strings.Contains(err.Error(), TruthFile+":1") {
		t.Errorf("a torn line in the middle: %v", err)
	}
}
