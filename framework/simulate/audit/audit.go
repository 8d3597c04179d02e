package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options say what the books don't. Nil is the default.
type Options struct {
	// Prices are unit prices in minor units by GTIN. Where they are known, a
	// capture of more than a visit's goods are worth counts as doubled.
	Prices map[string]int64
	// Open are the credentials of visits that are not over. Their money and
	// their receipts count, and nothing of them is judged: what they owe, and
	// what becomes of their holds, is not decided yet.
	Open map[string]bool
}

// Audit judges the books.
func Audit(b Books, opts *Options) Report {
	if opts == nil {
		opts = &Options{}
	}
	a := auditor{
		prices: opts.Prices, open: opts.Open, visits: map[string]*visit{}, sessions: map[string]Receipt{}, reviewed: map[string]bool{},
		holds: map[string]*hold{},
	}
	for _, v := range b.Truth {
		a.truth(v)
	}
	for _, r := range b.Receipts {
		a.receipt(r)
	}
	for _, m := range b.Ledger {
		a.movement(m)
	}
	a.judgeReceipts(b)
	if !b.NoLedger {
		a.judgeHolds()
	}
	if !b.NoTruth {
		a.judgeVisits(b)
	}
	return a.report
}

// auditor gathers all that is known of each credential. Every visit of a
// simulated world has a credential of its own; where one comes twice, its
// visits are judged together.
type auditor struct {
	report Report
	prices map[string]int64
	open   map[string]bool

	visits   map[string]*visit
	order    []string // credentials, first seen first
	sessions map[string]Receipt
	issued   []string // sessions, first seen first
	reviewed map[string]bool
	holds    map[string]*hold
	held     []string // holds, first seen first
}

// stateHouse is the state of a receipt that is posted to an account of the
// store's own.
const stateHouse = "house"

// visit is what is known of one credential.
type visit struct {
	owed, charged       map[string]int64
	byMass              map[string]*weigh // of weighed goods, by GTIN
	mispriced           []string
	total, captured     int64 // total is what processors are to move
	captures, ends      int
	entered, owesAtAll  bool
	unknown             bool
	posted              bool // to an account of the store's own: no money moves
	receipts, truthSeen int
}

// hold is what became of one authorization.
type hold struct {
	credential      string
	authorized      bool
	captures, voids int
}

func (a *auditor) of(credential string) *visit {
	v := a.visits[credential]
	if v == nil {
		v = &visit{owed: map[string]int64{}, charged: map[string]int64{}}
		a.visits[credential] = v
		a.order = append(a.order, credential)
	}
	return v
}

func (a *auditor) truth(t Visit) {
	a.report.Visits++
	v := a.of(t.Credential)
	v.truthSeen++
	v.entered = v.entered || t.Entered == nil || *t.Entered
	if t.Items == nil {
		v.unknown = true
		a.report.Unknown++
	}
	if t.Entered != nil && !*t.Entered {
		a.report.Refused++
	}
	for _, i := range t.Items {
		v.owesAtAll = v.owesAtAll || i.Qty > 0
		if i.MassMg > 0 {
			w := v.weighed(i.GTIN)
			w.owed, w.pieces = w.owed+i.MassMg, w.pieces+i.Qty
			continue
		}
		v.owed[i.GTIN] += i.Qty
	}
}

func (a *auditor) receipt(r Receipt) {
	if _, again := a.sessions[r.Session]; !again {
		a.issued = append(a.issued, r.Session)
	}
	a.sessions[r.Session] = r
	if len(r.Pending)+len(r.Dropped) > 0 {
		a.reviewed[r.Session] = true
	}
}

func (a *auditor) movement(m Movement) {
	h := a.holds[m.hold()]
	if h == nil {
		h = &hold{credential: m.Credential}
		a.holds[m.hold()] = h
		a.held = append(a.held, m.hold())
	}
	v := a.of(m.Credential)
	switch m.Op {
	case opAuthorize:
		h.authorized = true
		a.report.Holds++
	case opCapture:
		h.captures++
		v.captures++
		v.ends++
		v.captured += m.AmountMinor
		a.report.Captures++
		a.report.CapturedMinor += m.AmountMinor
	case opVoid:
		h.voids++
		v.ends++
		a.report.Voided++
	case opRefund:
		v.captured -= m.AmountMinor
		a.report.RefundedMinor += m.AmountMinor
	}
}

// judgeReceipts counts each receipt by the verdict on its credential.
func (a *auditor) judgeReceipts(b Books) {
	for _, id := range a.issued {
		r := a.sessions[id]
		v := a.of(r.Credential)
		v.receipts++
		if r.State == stateHouse || r.House != "" {
			v.posted = true
		} else {
			v.total += r.TotalMinor
		}
		for i := range r.Lines {
			l := &r.Lines[i]
			if l.MassMg == 0 {
				v.charged[l.GTIN] += l.Qty
				continue
			}
			v.weighed(l.GTIN).charged += l.MassMg
			if text := l.misprice(); text != "" {
				v.mispriced = append(v.mispriced, text)
			}
		}
	}
	a.report.InReview = len(a.reviewed)
	a.report.Receipts = len(a.issued)
	for _, id := range a.issued {
		r := a.sessions[id]
		if a.open[r.Credential] {
			continue
		}
		v := a.of(r.Credential)
		noTruth := b.NoTruth || v.unknown
		over, under := v.compare(noTruth, b.NoLedger)
		switch {
		case len(over) > 0:
			a.report.Overcharged++
			a.report.find(r.Credential, id, Overcharged, strings.Join(append(over, under...), "; "))
		case len(under) > 0:
			a.report.Undercharged++
			a.report.find(r.Credential, id, Undercharged, strings.Join(under, "; "))
		default:
			a.report.Exact++
			continue
		}
		f := &a.report.Findings[len(a.report.Findings)-1]
		if !noTruth {
			f.Goods = v.differences()
		}
		if !b.NoLedger {
			f.Money = v.moneyApart()
		}
	}
}

// compare says what was charged too much and too little.
func (v *visit) compare(noTruth, noLedger bool) (over, under []string) {
	over = append(over, v.mispriced...)
	if !noTruth {
		for _, d := range v.differences() {
			text := fmt.Sprintf("%s: charged %d%s, owed %d%[3]s", d.GTIN, d.Charged, d.Unit, d.Owed)
			if d.Charged > d.Owed {
				over = append(over, text)
			} else {
				under = append(under, text)
			}
		}
	}
	if text := v.moneyApart(); !noLedger && text != "" {
		if v.captured > v.total {
			return append(over, text), under
		}
		under = append(under, text)
	}
	return over, under
}

// differences are the products of which another number was charged than owed.
func (v *visit) differences() []Difference {
	goods := maps.Clone(v.owed)
	maps.Copy(goods, v.charged)
	var ds []Difference
	for _, g := range slices.Sorted(maps.Keys(goods)) {
		if v.charged[g] != v.owed[g] {
			ds = append(ds, Difference{g, v.charged[g], v.owed[g], ""})
		}
	}
	for _, g := range slices.Sorted(maps.Keys(v.byMass)) {
		if w := v.byMass[g]; w.apart() != 0 {
			ds = append(ds, Difference{g, w.charged, w.owed, " mg"})
		}
	}
	return ds
}

// moneyApart says how the ledger and the receipts differ; empty where they
// agree.
func (v *visit) moneyApart() string {
	if v.captured == v.total {
		return ""
	}
	return fmt.Sprintf("captured %d, receipts say %d", v.captured, v.total)
}

func (a *auditor) judgeHolds() {
	for _, id := range a.held {
		h := a.holds[id]
		if h.authorized && !a.open[h.credential] && h.captures == 0 && h.voids == 0 {
			a.report.UnresolvedHolds++
			a.report.find(h.credential, "", Stuck, "the hold was neither captured nor voided")
		}
	}
	for _, c := range a.order {
		if text := a.doubled(c); text != "" && !a.open[c] {
			a.report.Doubled++
			a.report.find(c, "", Doubled, text)
		}
	}
}

// doubled says how a credential paid more than once, or more than its goods are
// worth; empty where it didn't.
func (a *auditor) doubled(credential string) string {
	v := a.visits[credential]
	for _, id := range a.held {
		if h := a.holds[id]; h.credential == credential && h.captures > 1 {
			return fmt.Sprintf("one hold was captured %d times", h.captures)
		}
	}
	if v.truthSeen == 0 {
		return ""
	}
	if v.captures > v.truthSeen {
		return fmt.Sprintf("%d captures for %d visits", v.captures, v.truthSeen)
	}
	if a.prices == nil || v.unknown {
		return ""
	}
	var worth int64
	for g, n := range v.owed {
		price, known := a.prices[g]
		if !known {
			return ""
		}
		worth += price * n
	}
	if v.captured > worth {
		return fmt.Sprintf("captured %d, what was carried is worth %d", v.captured, worth)
	}
	return ""
}

func (a *auditor) judgeVisits(b Books) {
	for _, c := range a.order {
		v := a.visits[c]
		if v.truthSeen == 0 || a.open[c] {
			continue
		}
		if !b.NoLedger && (v.entered || v.owesAtAll) && v.ends == 0 && !v.posted {
			a.report.Lost++
			a.report.find(c, "", Lost, "the ledger shows neither a capture nor a release")
		}
		if v.owesAtAll && v.receipts == 0 {
			a.report.NoReceipt++
			a.report.find(c, "", NoReceipt, "something was carried out and there is no receipt")
		}
	}
}
