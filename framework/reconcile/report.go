package reconcile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openaisle/aisle/sdk/money"
)

// Limits of a report.
const (
	// MaxRecord bounds a row and MaxField a field, in bytes.
	MaxRecord = 256 << 10
	MaxField  = 4 << 10
	// MaxMalformed is after how many rows that can't be read a report is no
	// report.
	MaxMalformed = 1000
)

// Type is what a row is about.
type Type string

// The types.
const (
	Authorization Type = "authorization"
	Capture       Type = "capture"
	Void          Type = "void"
	Refund        Type = "refund"
	Chargeback    Type = "chargeback"
	Fee           Type = "fee"
	Payout        Type = "payout"
	other         Type = "other" // of Stripe's, not judged
)

// Status is what became of a row's movement.
type Status string

// The statuses.
const (
	Succeeded Status = "succeeded"
	Pending   Status = "pending"
	Failed    Status = "failed"
)

// Row is one movement of a report. Amounts are positive; the type says which way
// the money went.
type Row struct {
	Line                             int
	ID, Reference, Parent, Key, Paid string
	Type                             Type
	Status                           Status
	Amount                           money.Amount
	Created, Settled                 time.Time
	Fee, Net                         *money.Amount
}

// columns are those of Aisle's own format; fee, net, settled, parent reference,
// key and payout may be left out.
var columns = []string{"id", "type", "reference", "parent_reference", "key", "amount", "currency", "created", "settled", "status", "fee", "net", "payout"}

var required = []string{"id", "type", "reference", "amount", "currency", "created", "status"}

// stripeBalance maps the columns of Stripe's "Balance change from activity"
// report, itemised, to ours.
var stripeBalance = map[string]string{
	"balance_transaction_id": "id", "reporting_category": "type", "source_id": "source", "payment_intent_id": "intent",
	"gross": "amount", "currency": "currency", "created_utc": "created", "available_on_utc": "settled", "fee": "fee", "net": "net",
	"automatic_payout_id": "payout", "payment_metadata[aisle_key]": "key", "payment_metadata[key]": "key",
}

// stripePayments maps the columns of Stripe's export of payments.
var stripePayments = map[string]string{
	"id": "id", "paymentintent id": "intent", "amount": "amount", "currency": "currency", "created date (utc)": "created",
	"status": "status", "captured": "captured", "fee": "fee", "key (metadata)": "key", "aisle_key (metadata)": "key",
}

var stripeTypes = map[string]Type{
	"charge": Capture, "refund": Refund, "dispute": Chargeback, "fee": Fee, "payout": Payout,
}

// HeaderError says that a report can't be told apart from any other table.
type HeaderError struct{ Missing []string }

func (e *HeaderError) Error() string {
	return "line 1: the report's header lacks " + strings.Join(e.Missing, ", ") + "; the columns are " + strings.Join(columns, ", ")
}

// Malformed is a row that can't be read.
type Malformed struct {
	Line int
	Why  string
}

// Read reads a report: CSV with a header, separated by commas, semicolons or
// tabs, in UTF-8, in Aisle's own columns or those of Stripe's reports. It calls
// row for each row, and bad for each that can't be read.
func Read(r io.Reader, row func(Row), bad func(Malformed)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	first, err := in.Peek(64 << 10)
	if err != nil && len(first) == 0 {
		return &HeaderError{Missing: required}
	}
	if bytes.HasPrefix(first, []byte("\ufeff")) {
		_, _ = in.Discard(3) // it was peeked
		first = first[3:]
	}
	budget := &budget{r: in, left: MaxRecord}
	c := csv.NewReader(budget)
	c.ReuseRecord, c.FieldsPerRecord, c.Comma = true, -1, separator(first)
	head, err := c.Read()
	if err != nil {
		return fmt.Errorf("the report's header can't be read: %w", err)
	}
	p, err := newParser(head)
	if err != nil {
		return err
	}
	failures := 0
	for {
		budget.left = MaxRecord
		fields, err := c.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &broken):
			bad(Malformed{broken.StartLine, broken.Err.Error()})
			failures++
		case err != nil:
			return fmt.Errorf("read the report: %w", err)
		default:
			line, _ := c.FieldPos(0)
			if v, err := p.row(fields); err != nil {
				bad(Malformed{line, err.Error()})
				failures++
			} else if v.Type != other {
				v.Line = line
				row(v)
			}
		}
		if failures > MaxMalformed {
			return fmt.Errorf("more than %d rows can't be read: is it a report?", MaxMalformed)
		}
	}
}

// budget bounds what one row may take.
type budget struct {
	r    io.Reader
	left int
}

var errLong = fmt.Errorf("a row is longer than %d bytes: a quote may be open", MaxRecord)

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// separator is the one that the header has most of.
func separator(b []byte) rune {
	if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
		b = b[:i]
	}
	best, most := ',', bytes.Count(b, []byte(","))
	for _, s := range ";\t" {
		if n := bytes.Count(b, []byte(string(s))); n > most {
			best, most = s, n
		}
	}
	return best
}

type parser struct {
	at     map[string]int
	width  int
	stripe string // "", "balance" or "payments"
}

func newParser(head []string) (*parser, error) {
	p := &parser{at: map[string]int{}, width: len(head)}
	names := map[string]int{}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if _, twice := names[h]; twice && h != "" {
			return nil, fmt.Errorf("line 1: the column %q is there twice", h)
		}
		names[h] = i
	}
	has := func(name string) bool { _, ok := names[name]; return ok }
	need := required
	switch {
	case has("balance_transaction_id") && has("reporting_category"):
		p.stripe, need = "balance", []string{"id", "type", "amount", "currency", "created"}
		p.take(names, stripeBalance)
	case has("paymentintent id") && has("captured"):
		p.stripe, need = "payments", []string{"id", "intent", "amount", "currency", "created", "status"}
		p.take(names, stripePayments)
	default:
		for _, c := range columns {
			for _, name := range []string{c, strings.ReplaceAll(c, "_", " ")} {
				if i, ok := names[name]; ok {
					p.at[c] = i
				}
			}
		}
	}
	missing := []string{}
	for _, c := range need {
		if _, ok := p.at[c]; !ok {
			missing = append(missing, c)
		}
	}
	if len(missing) > 0 {
		return nil, &HeaderError{missing}
	}
	return p, nil
}

func (p *parser) take(names map[string]int, mapping map[string]string) {
	for from, to := range mapping {
		if i, ok := names[from]; ok {
			p.at[to] = i
		}
	}
}

// get is a field without the quote that makes it safe for a spreadsheet.
func (p *parser) get(fields []string, name string) string {
	i, ok := p.at[name]
	if !ok {
		return ""
	}
	s := strings.TrimSpace(fields[i])
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@", rune(s[1])) {
		s = s[1:]
	}
	return s
}

func (p *parser) row(fields []string) (v Row, err error) {
	if len(fields) != p.width {
		return v, fmt.Errorf("it has %d fields and the header %d", len(fields), p.width)
	}
	for _, f := range fields {
		if len(f) > MaxField {
			return v, fmt.Errorf("a field is longer than %d bytes", MaxField)
		}
		if !utf8.ValidString(f) {
			return v, errors.New("it is not UTF-8")
		}
	}
	v.ID, v.Key, v.Paid = strings.Clone(p.get(fields, "id")), strings.Clone(p.get(fields, "key")), strings.Clone(p.get(fields, "payout"))
	v.Reference, v.Parent = strings.Clone(p.get(fields, "reference")), strings.Clone(p.get(fields, "parent_reference"))
	v.Type, v.Status = Type(strings.ToLower(p.get(fields, "type"))), Status(strings.ToLower(p.get(fields, "status")))
	if p.stripe != "" {
		p.stripeNames(fields, &v)
	}
	switch v.Type {
	case Authorization, Capture, Void, Refund, Chargeback, Fee, Payout:
	case other:
		return v, nil
	default:
		return v, fmt.Errorf("%q is no type", clip(string(v.Type)))
	}
	switch v.Status {
	case Succeeded, Pending, Failed:
	default:
		return v, fmt.Errorf("%q is no status: write succeeded, pending or failed", clip(string(v.Status)))
	}
	if v.ID == "" {
		return v, errors.New("it has no id")
	}
	if v.Reference == "" && v.Parent == "" && v.Key == "" && v.Type != Fee {
		return v, errors.New("it has neither reference nor key")
	}
	return v, p.values(fields, &v)
}

// stripeNames gives Stripe's rows our types and references.
func (p *parser) stripeNames(fields []string, v *Row) {
	intent := strings.Clone(p.get(fields, "intent"))
	v.Reference, v.Parent = intent, ""
	if p.stripe == "payments" {
		v.Type, v.Status = Capture, Succeeded
		if strings.EqualFold(p.get(fields, "captured"), "false") {
			v.Type = Authorization
		}
		switch status := strings.ToLower(p.get(fields, "status")); {
		case status == "failed" || status == "canceled":
			v.Status = Failed
		case strings.HasPrefix(status, "pending") || strings.HasPrefix(status, "requires"):
			v.Status = Pending
		}
		return
	}
	kind, known := stripeTypes[p.get(fields, "type")]
	if !known {
		kind = other
	}
	v.Type, v.Status = kind, Succeeded
	if kind != Capture {
		v.Reference, v.Parent, v.Key = strings.Clone(p.get(fields, "source")), intent, ""
	}
}

func (p *parser) values(fields []string, v *Row) (err error) {
	cur := strings.ToUpper(p.get(fields, "currency"))
	if v.Amount, err = amount(p.get(fields, "amount"), cur); err != nil {
		return err
	}
	if v.Amount.Sign() < 0 {
		if p.stripe == "" {
			return errors.New("its amount is negative: the type says which way it went")
		}
		if v.Amount, err = v.Amount.Neg(); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name string
		to   **money.Amount
	}{{"fee", &v.Fee}, {"net", &v.Net}} {
		if text := p.get(fields, f.name); text != "" {
			a, err := amount(text, cur)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			*f.to = &a
		}
	}
	if v.Created, err = instant(p.get(fields, "created")); err != nil {
		return fmt.Errorf("created: %w", err)
	}
	if text := p.get(fields, "settled"); text != "" {
		if v.Settled, err = instant(text); err != nil {
			return fmt.Errorf("settled: %w", err)
		}
	}
	return nil
}

func amount(text, currency string) (money.Amount, error) {
	if strings.ContainsAny(text, " eE+") || text == "" {
		return money.Amount{}, fmt.Errorf("%q is no amount: write it as 12.50", clip(text))
	}
	if strings.Contains(text, ",") {
		return money.Amount{}, fmt.Errorf("%q has a comma: write it as 12.50", clip(text))
	}
	return money.Parse(text + " " + currency)
}

// instant reads a time: RFC 3339, or UTC without a zone as Stripe writes it.
func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			if y := t.UTC().Year(); y < 2000 || y > 2200 {
				break
			}
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write it as 2026-11-22T14:05:00Z", clip(text))
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}
