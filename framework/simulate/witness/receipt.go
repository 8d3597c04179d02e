package witness

import (
	"math/big"
	"slices"
	"strings"
)

// receiptIssued checks a version of a receipt by itself and against the one
// before it.
func (w *Witness) receiptIssued(i issued) {
	r := i.Receipt
	s := w.of(r.Session, "a receipt")
	w.sum(&r)
	w.offered(&r)
	if len(r.Pending) > 0 {
		s.reviewed = true
	}
	old := s.last
	s.last = &r
	s.receipts++
	if old == nil {
		if s.id1 = r.ID; r.Version != 1 {
			w.violate("M2", r.Session, "the first receipt is version %d", r.Version)
		}
		w.tally.Receipts++
		if slices.ContainsFunc(r.Lines, func(l saleLine) bool { return l.Per != "" }) {
			w.tally.Weighed++
		}
		return
	}
	if r.ID != s.id1 || r.Version != old.Version+1 {
		w.violate("M2", r.Session, "version %d of receipt %s follows version %d of %s", r.Version, r.ID, old.Version, s.id1)
	}
	if r.Total.Minor > old.Total.Minor+decided(old, &r) {
		w.violate("F4", r.Session, "version %d asks for %d, the one before asked for %d", r.Version, r.Total.Minor, old.Total.Minor)
	}
}

// decided is what the lines come to that were pending and are charged now, by
// somebody's decision within their time: the shopper was told of them.
func decided(old, now *receipt) int64 {
	had, waits, weighs := map[string]bool{}, map[string]int64{}, map[string]int64{}
	for _, l := range old.Lines {
		had[l.ID] = true
	}
	for _, p := range old.Pending {
		waits[p.GTIN] += p.Quantity
		weighs[p.GTIN] += p.Mass
	}
	for _, p := range now.Pending {
		waits[p.GTIN] -= p.Quantity
		weighs[p.GTIN] -= p.Mass
	}
	sum := int64(0)
	for _, l := range now.Lines {
		if l.Per != "" { // one that waited may be two lines, of two prices
			if !had[l.ID] && l.Mass <= weighs[l.GTIN] {
				weighs[l.GTIN] -= l.Mass
				sum += l.Amount.Minor
			}
			continue
		}
		if n := min(l.Quantity, waits[l.GTIN]); !had[l.ID] && n > 0 {
			waits[l.GTIN] -= n
			sum += min(l.Amount.Minor, n*l.Unit.Minor)
		}
	}
	return sum
}

// sum checks that a receipt adds up: M6.
func (w *Witness) sum(r *receipt) {
	total := int64(0)
	gross, parts := map[string]int64{}, map[string]int64{}
	for _, l := range r.Lines {
		if l.Quantity <= 0 || l.Unit.Minor < 0 {
			w.violate("S3", r.Session, "a line of %d of %s at %d", l.Quantity, l.GTIN, l.Unit.Minor)
		}
		if l.Per != "" {
			w.weighed(r, &l)
		} else if l.Amount.Minor > l.Quantity*l.Unit.Minor {
			w.violate("M6", r.Session, "%d of %s at %d come to %d", l.Quantity, l.GTIN, l.Unit.Minor, l.Amount.Minor)
		}
		if len(l.Why) == 0 && r.Version == 1 { // a later version of a closed sale does not repeat it
			w.violate("F5", r.Session, "nothing says why %s is charged", l.GTIN)
		}
		total += l.Amount.Minor
		gross[l.Tax] += l.Amount.Minor
		if strings.HasPrefix(l.ID, "p") || parts[l.Tax] == 0 {
			parts[l.Tax]++ // what is decided later is rounded by itself
		}
	}
	for _, d := range r.Deposits {
		total += d.Amount.Minor
	}
	for _, d := range r.Discounts {
		total -= abs(d.Amount.Minor)
	}
	for _, b := range r.Refunds {
		total -= b.Amount.Minor
	}
	if total != r.Total.Minor {
		w.violate("M6", r.Session, "the lines come to %d, the total says %d", total, r.Total.Minor)
	}
	if len(r.Deposits)+len(r.Discounts)+len(r.Refunds) > 0 {
		return // whose tax is theirs
	}
	for _, t := range r.Taxes {
		if t.Gross.Minor != gross[t.Name] {
			w.violate("M6", r.Session, "tax %s is on %d, its lines come to %d", t.Name, t.Gross.Minor, gross[t.Name])
		}
		if !taxFits(t.Gross.Minor, t.Rate, t.Tax.Minor, parts[t.Name]) {
			w.violate("M6", r.Session, "tax %s of %d ppm on %d is said to be %d", t.Name, t.Rate, t.Gross.Minor, t.Tax.Minor)
		}
	}
}

// taxFits reports whether a tax included in gross is right to within a minor
// unit for each part that was rounded by itself, whichever way the store rounds:
// gross * rate / (1 + rate).
func taxFits(gross, rate, tax, parts int64) bool {
	n := new(big.Int).Mul(big.NewInt(gross), big.NewInt(rate))
	d := big.NewInt(1_000_000 + rate)
	n.Sub(n, new(big.Int).Mul(big.NewInt(tax), d))
	return n.CmpAbs(d.Mul(d, big.NewInt(max(1, parts)))) < 0
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
