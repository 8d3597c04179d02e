package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The books of one good visit: two colas at 180, held 3000.
const (
	truth1   = `{"credential":"tok-1","items":[{"gtin":"09521234000112","qty":2}],"entered":true}`
	receipt1 = `{"session":"s1","credential":"tok-1","lines":[{"gtin":"09521234000112","qty":2,"amount_minor":360}],"pending":[],"total_minor":360,"state":"captured"}`
	hold1    = `{"credential":"tok-1","key":"a","op":"authorize","amount_minor":3000,"currency":"EUR","reference":"r1"}`
	capture1 = `{"credential":"tok-1","key":"b","op":"capture","amount_minor":360,"currency":"EUR","reference":"r2","parent":"r1"}`
	void1    = `{"credential":"tok-1","key":"c","op":"void","amount_minor":3000,"currency":"EUR","reference":"r3","parent":"r1"}`
)

// empty is a visit that took nothing.
const (
	truth2   = `{"credential":"tok-2","items":[],"entered":true}`
	receipt2 = `{"session":"s2","credential":"tok-2","lines":[],"pending":[],"total_minor":0,"state":"voided"}`
	hold2    = `{"credential":"tok-2","key":"d","op":"authorize","amount_minor":3000,"currency":"EUR","reference":"r4"}`
	void2    = `{"credential":"tok-2","key":"e","op":"void","amount_minor":3000,"currency":"EUR","reference":"r5","parent":"r4"}`
)

type counts struct {
	visits, receipts, exact, over, under, review, captured, voided, unresolved, doubled, lost, noReceipt int
}

func countsOf(r Report) counts {
	return counts{r.Visits, r.Receipts, r.Exact, r.Overcharged, r.Undercharged, r.InReview, int(r.CapturedMinor),
		r.Voided, r.UnresolvedHolds, r.Doubled, r.Lost, r.NoReceipt}
}

var good = counts{visits: 2, receipts: 2, exact: 2, captured: 360, voided: 1}

func TestAudit(t *testing.T) {
	replace := func(line, old, now string) string {
		if !strings.Contains(line, old) {
			t.Fatalf("%q is not in %q", old, line)
		}
		return strings.Replace(line, old, now, 1)
	}
	for _, c := range []struct {
		name                    string
		truth, receipts, ledger []string
		change                  func(*counts)
		finding                 string
	}{
		{name: "all exact", change: func(*counts) {}},
		{name: "one unit too much", receipts: []string{replace(receipt1, `"qty":2`, `"qty":3`), receipt2},
			change: func(c *counts) { c.exact, c.over = 1, 1 }, finding: "charged 3, owed 2"},
		{name: "another product of the same price", receipts: []string{replace(receipt1, "0112", "0228"), receipt2},
			change: func(c *counts) { c.exact, c.over = 1, 1 }, finding: "09521234000228: charged 2, owed 0"},
		{name: "one unit too few", receipts: []string{replace(receipt1, `"qty":2`, `"qty":1`), receipt2},
			change: func(c *counts) { c.exact, c.under = 1, 1 }, finding: "charged 1, owed 2"},
		{name: "captured more than the receipt", ledger: []string{hold1, replace(capture1, "360", "361"), hold2, void2},
			change: func(c *counts) { c.exact, c.over, c.captured, c.doubled = 1, 1, 361, 1 }, finding: "captured 361, receipts say 360"},
		{name: "captured less than the receipt", ledger: []string{hold1, replace(capture1, "360", "359"), hold2, void2},
			change: func(c *counts) { c.exact, c.under, c.captured = 1, 1, 359 }, finding: "captured 359"},
		{name: "captured twice", ledger: []string{hold1, capture1, capture1, hold2, void2},
			change: func(c *counts) { c.exact, c.over, c.captured, c.doubled = 1, 1, 720, 1 }, finding: "one hold was captured 2 times"},
		{name: "captured on two holds", ledger: []string{hold1, capture1, replace(hold1, "r1", "r9"), replace(replace(capture1, "r1", "r9"), "r2", "r8"), hold2, void2},
			change: func(c *counts) { c.exact, c.over, c.captured, c.doubled = 1, 1, 720, 1 }, finding: "2 captures for 1 visits"},
		{name: "refunded in full after a double charge", ledger: []string{hold1, capture1, hold2, void2, replace(replace(replace(hold1, "r1", "r9"), "authorize", "capture"), "3000", "360"), replace(replace(hold1, "authorize", "refund"), "3000", "360")},
			change: func(c *counts) { c.captured, c.doubled = 720, 1 }, finding: "2 captures"},
		{name: "a hold left standing", ledger: []string{hold1, capture1, hold2},
			change: func(c *counts) { c.voided, c.unresolved, c.lost = 0, 1, 1 }, finding: "neither captured nor voided"},
		{name: "a second hold left standing", ledger: []string{hold1, capture1, hold2, void2, replace(hold1, "r1", "r9")},
			change: func(c *counts) { c.unresolved = 1 }, finding: "neither captured nor voided"},
		{name: "never asked for money", ledger: []string{hold2, void2},
			change: func(c *counts) { c.exact, c.under, c.captured, c.lost = 1, 1, 0, 1 }, finding: "neither a capture nor a release"},
		{name: "released though something was taken", receipts: []string{replace(replace(receipt1, `{"gtin":"09521234000112","qty":2,"amount_minor":360}`, ""), `"total_minor":360`, `"total_minor":0`), receipt2}, ledger: []string{hold1, void1, hold2, void2},
			change: func(c *counts) { c.exact, c.under, c.captured, c.voided = 1, 1, 0, 2 }, finding: "charged 0, owed 2"},
		{name: "no receipt", receipts: []string{receipt2},
			change: func(c *counts) { c.receipts, c.exact, c.noReceipt = 1, 1, 1 }, finding: "there is no receipt"},
		{name: "a receipt for nobody", receipts: []string{receipt1, receipt2, replace(replace(receipt1, "s1", "s3"), "tok-1", "tok-3")},
			change: func(c *counts) { c.receipts, c.over = 3, 1 }, finding: "charged 2, owed 0"},
		{name: "pending once, decided later", receipts: []string{replace(receipt1, `"pending":[]`, `"pending":[{"gtin":"09521234000228","qty":1}]`), receipt1, receipt2},
			change: func(c *counts) { c.review = 1 }},
		{name: "pending once, and the last version alone is kept", receipts: []string{replace(receipt1, `"pending":[]`, `"pending":[],"dropped":[{"qty":1}]`), receipt2},
			change: func(c *counts) { c.review = 1 }},
		{name: "the last version counts", receipts: []string{replace(receipt1, `"qty":2`, `"qty":1`), receipt1, receipt2}, change: func(*counts) {}},
		{name: "posted to an account of the store's own", receipts: []string{strings.Replace(receipt1, `"state":"captured"`, `"state":"house"`, 1), receipt2}, ledger: []string{hold2, void2},
			change: func(c *counts) { c.captured = 0 }},
		{name: "posted, and captured all the same", receipts: []string{strings.Replace(receipt1, `"state":"captured"`, `"state":"house"`, 1), receipt2},
			change: func(c *counts) { c.exact, c.over = 1, 1 }, finding: "captured 360, receipts say 0"},
		{name: "turned away and not held", truth: []string{truth1, truth2, `{"credential":"tok-4","items":[],"entered":false}`},
			change: func(c *counts) { c.visits = 3 }},
		{name: "goods that the world can't know", truth: []string{replace(truth1, `[{"gtin":"09521234000112","qty":2}]`, "null"), truth2}, change: func(*counts) {}},
		{name: "posted to an account of the store's own", receipts: []string{replace(receipt1, `"state":"captured"`, `"state":"house","house":"staff"`), receipt2}, ledger: []string{hold2, void2},
			change: func(c *counts) { c.captured = 0 }},
		{name: "posted to an account of the store's own, and taken from a card", receipts: []string{replace(receipt1, `"state":"captured"`, `"state":"house","house":"staff"`), receipt2},
			change: func(c *counts) { c.exact, c.over = 1, 1 }, finding: "captured 360, receipts say 0"},
		{name: "an unfinished last line is nothing", ledger: []string{hold1, capture1, hold2, void2, `TORN{"credential":"tok-1","op":"cap`}, change: func(*counts) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := good
			c.change(&want)
			r := audit(t, c.truth, c.receipts, c.ledger)
			if got := countsOf(r); got != want {
				t.Errorf("got  %+v\nwant %+v\n%v", got, want, r.Findings)
			}
			if c.finding != "" && !strings.Contains(details(r), c.finding) {
				t.Errorf("%q is not in %s", c.finding, details(r))
			}
			if r.Exact+r.Overcharged+r.Undercharged != r.Receipts {
				t.Errorf("the verdicts don't add up to the receipts: %+v", r)
			}
		})
	}
}

func details(r Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Detail)
	}
	return strings.Join(all, "\n")
}

// audit writes the books, those of two good visits where none are given, and
// audits them.
func audit(t *testing.T, truth, receipts, ledger []string) Report {
	t.Helper()
	return auditWith(t, truth, receipts, ledger, nil)
}

// auditWith is audit while the visits of some credentials are not over.
func auditWith(t *testing.T, truth, receipts, ledger []string, open map[string]bool) Report {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, lines, otherwise []string) {
		if lines == nil {
			lines = otherwise
		}
		text, torn, _ := strings.Cut(strings.Join(lines, "\n")+"\n", "TORN")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+strings.TrimSuffix(torn, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(TruthFile, truth, []string{truth1, truth2})
	put(ReceiptsFile, receipts, []string{receipt1, receipt2})
	put(LedgerFile, ledger, []string{hold1, capture1, hold2, void2})
	b, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return Audit(b, &Options{Prices: map[string]int64{"09521234000112": 180}, Open: open})
}

// A ledger of the stated fields alone has no references.
func TestLedgerWithoutReferences(t *testing.T) {
	bare := func(line string) string {
		at := strings.Index(line, `,"reference"`)
		return line[:at] + "}"
	}
	r := audit(t, nil, nil, []string{bare(hold1), bare(capture1), bare(hold2)})
	if r.UnresolvedHolds != 1 || r.Doubled != 0 || r.Exact != 2 {
		t.Errorf("%+v", r)
	}
}

func TestNoWitness(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ReceiptsFile), []byte(receipt1+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := Audit(b, nil)
	if !b.NoTruth || !b.NoLedger || r.Receipts != 1 || r.Lost != 0 || len(r.Findings) != 0 {
		t.Errorf("%+v of %+v", r, b)
	}
}

func TestBrokenBook(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, LedgerFile), []byte(hold1+"\n{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "ledger.jsonl line 2") {
		t.Errorf("%v", err)
	}
}

// A visit that is not over has neither lost nor stuck anything.
func TestOpenVisits(t *testing.T) {
	pending := strings.Replace(receipt2, "voided", "held", 1)
	r := auditWith(t, nil, []string{receipt1, pending}, []string{hold1, capture1, hold2}, map[string]bool{"tok-2": true})
	want := good
	want.exact, want.voided = 1, 0
	if got := countsOf(r); got != want || len(r.Findings) != 0 {
		t.Errorf("got  %+v\nwant %+v\n%v", got, want, r.Findings)
	}
	r = auditWith(t, []string{strings.Replace(truth1, "tok-1", "tok-9", 1)}, []string{}, []string{}, map[string]bool{"tok-9": true})
	if r.Lost != 0 || r.NoReceipt != 0 || len(r.Findings) != 0 {
		t.Errorf("%+v", r)
	}
}
