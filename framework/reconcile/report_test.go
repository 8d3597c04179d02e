package reconcile

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

const header = "id,type,reference,parent_reference,key,amount,currency,created,settled,status,fee,net,payout\n"

const good = "1,capture,c,h,k,12.50,EUR,2026-11-22T10:00:00Z,,succeeded,0.20,12.30,po"

func read(text string) (rows []Row, bad []Malformed, err error) {
	err = Read(strings.NewReader(text), func(v Row) { rows = append(rows, v) }, func(m Malformed) { bad = append(bad, m) })
	return rows, bad, err
}

// A report is read however a spreadsheet or a processor writes it.
func TestForms(t *testing.T) {
	for name, text := range map[string]string{
		"plain":         header + good + "\n",
		"no last line":  header + good,
		"bom":           "\ufeff" + header + good,
		"crlf":          strings.ReplaceAll(header+good+"\n", "\n", "\r\n"),
		"semicolons":    strings.ReplaceAll(header+good, ",", ";"),
		"tabs":          strings.ReplaceAll(header+good, ",", "\t"),
		"quotes":        header + `"1","capture","c","h","k","12.50","EUR","2026-11-22T10:00:00Z","","succeeded","0.20","12.30","po"`,
		"spaces":        header + strings.ReplaceAll(good, ",", " , "),
		"capitals":      strings.ToUpper(header) + strings.Replace(strings.Replace(good, "capture", "Capture", 1), "EUR", "eur", 1),
		"column names":  strings.Replace(header, "parent_reference", "Parent Reference", 1) + good,
		"empty lines":   header + "\n" + good + "\n\n",
		"time and zone": header + strings.Replace(good, "10:00:00Z", "12:00:00+02:00", 1),
		"UTC by habit":  header + strings.Replace(good, "2026-11-22T10:00:00Z", "2026-11-22 10:00:00", 1),
	} {
		rows, bad, err := read(text)
		if err != nil || len(bad) > 0 || len(rows) != 1 {
			t.Errorf("%s: %v, %v, %v", name, rows, bad, err)
			continue
		}
		v := rows[0]
		if v.ID != "1" || v.Type != Capture || v.Amount != eur(1250) || *v.Fee != eur(20) || *v.Net != eur(1230) || v.Paid != "po" ||
			!v.Created.Equal(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// What can't be read is told with its line, and what follows is read.
func TestMalformedRows(t *testing.T) {
	for name, c := range map[string]struct{ row, why string }{
		"too few":           {"1,capture,c", "fields"},
		"too many":          {good + ",x", "fields"},
		"negative":          {strings.Replace(good, "12.50", "-12.50", 1), "negative"},
		"exponent":          {strings.Replace(good, "12.50", "1e3", 1), "no amount"},
		"comma":             {strings.Replace(good, "12.50", `"12,50"`, 1), "comma"},
		"plus":              {strings.Replace(good, "12.50", "+12.50", 1), "no amount"},
		"hex":               {strings.Replace(good, "12.50", "0x10", 1), "0x10"},
		"too fine":          {strings.Replace(good, "12.50", "12.505", 1), "decimals"},
		"yen with decimals": {strings.Replace(strings.Replace(good, "EUR", "JPY", 1), "0.20,12.30", ",", 1), "decimals"},
		"too large":         {strings.Replace(good, "12.50", strings.Repeat("9", 30), 1), "amount"},
		"no amount":         {strings.Replace(good, "12.50", "", 1), "no amount"},
		"not a number":      {strings.Replace(good, "12.50", "NaN", 1), "amount"},
		"no such currency":  {strings.Replace(good, "EUR", "EUX", 1), "EUX"},
		"fee":               {strings.Replace(good, "0.20", "x", 1), "fee"},
		"type":              {strings.Replace(good, "capture", "gift", 1), "no type"},
		"status":            {strings.Replace(good, "succeeded", "maybe", 1), "no status"},
		"no id":             {strings.Replace(good, "1,", ",", 1), "no id"},
		"nameless":          {strings.Replace(good, "c,h,k", ",,", 1), "neither reference nor key"},
		"time":              {strings.Replace(good, "2026-11-22T10:00:00Z", "yesterday", 1), "no time"},
		"year":              {strings.Replace(good, "2026", "0026", 1), "no time"},
		"settled":           {strings.Replace(good, "Z,,", "Z,soon,", 1), "settled"},
		"bare quote":        {strings.Replace(good, ",c,", `,c"c,`, 1), "quote"},
		"huge field":        {strings.Replace(good, ",c,", ","+strings.Repeat("c", MaxField+1)+",", 1), "longer"},
		"not UTF-8":         {strings.Replace(good, ",c,", ",c\xff,", 1), "UTF-8"},
	} {
		rows, bad, err := read(header + c.row + "\n" + good + "\n")
		if err != nil || len(bad) != 1 || len(rows) != 1 || bad[0].Line != 2 || !strings.Contains(bad[0].Why, c.why) {
			t.Errorf("%s: %d rows, %v, %v; want %q at line 2", name, len(rows), bad, err, c.why)
		}
	}
}

func TestNoReport(t *testing.T) {
	var missing *HeaderError
	for _, text := range []string{"", "\n", "hello\n", "id,type\n1,capture\n"} {
		if _, _, err := read(text); err == nil {
			t.Errorf("%q is a report", text)
		}
	}
	if _, _, err := read("id,type,reference,amount,created,status\n"); !errors.As(err, &missing) || len(missing.Missing) != 1 || missing.Missing[0] != "currency" {
		t.Errorf("a header without currency: %v", err)
	}
	if _, _, err := read("id,id,type\n"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a column twice: %v", err)
	}
	if _, _, err := read(header + `1,capture,"` + strings.Repeat("x\n", MaxRecord)); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("an open quote: %v", err)
	}
	if _, bad, err := read(header + strings.Repeat("x\n", MaxMalformed+5)); err == nil || len(bad) != MaxMalformed+1 {
		t.Errorf("%d bad rows: %v", len(bad), err)
	}
}

// Stripe's own reports are read in its own columns.
func TestStripe(t *testing.T) {
	rows, bad, err := read("balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id,automatic_payout_id\n" +
		"txn_1,2026-11-22 10:00:00,2026-11-24 00:00:00,eur,12.50,0.20,12.30,charge,ch_1,pi_1,po_1\n" +
		"txn_2,2026-11-22 11:00:00,2026-11-24 00:00:00,eur,-2.50,0.00,-2.50,refund,re_1,pi_1,po_1\n" +
		"txn_3,2026-11-22 11:00:00,2026-11-24 00:00:00,eur,-12.50,15.00,-27.50,dispute,dp_1,pi_1,po_1\n" +
		"txn_4,2026-11-22 11:00:00,2026-11-24 00:00:00,eur,5.00,0.00,5.00,topup,tu_1,,\n" +
		"txn_5,2026-11-25 00:00:00,2026-11-25 00:00:00,eur,-9.80,0.00,-9.80,payout,po_1,,\n")
	if err != nil || len(bad) > 0 || len(rows) != 4 {
		t.Fatalf("%v, %v, %v", rows, bad, err)
	}
	for i, want := range []Row{
		{ID: "txn_1", Type: Capture, Reference: "pi_1", Amount: eur(1250)}, {ID: "txn_2", Type: Refund, Reference: "re_1", Parent: "pi_1", Amount: eur(250)},
		{ID: "txn_3", Type: Chargeback, Reference: "dp_1", Parent: "pi_1", Amount: eur(1250)}, {ID: "txn_5", Type: Payout, Reference: "po_1", Amount: eur(980)},
	} {
		v := rows[i]
		if v.ID != want.ID || v.Type != want.Type || v.Reference != want.Reference || v.Parent != want.Parent || v.Amount != want.Amount || v.Status != Succeeded {
			t.Errorf("row %d: %+v, want %+v", i, v, want)
		}
	}
	rows, bad, err = read("id,Created date (UTC),Amount,Currency,Status,Captured,PaymentIntent ID,key (metadata)\n" +
		"ch_1,2026-11-22 10:00,12.50,eur,Paid,true,pi_1,k1\nch_2,2026-11-22 10:00,12.50,eur,Failed,false,pi_2,k2\n")
	if err != nil || len(bad) > 0 || len(rows) != 2 || rows[0].Type != Capture || rows[0].Key != "k1" || rows[1].Type != Authorization || rows[1].Status != Failed {
		t.Errorf("payments: %+v, %v, %v", rows, bad, err)
	}
}

// Rows that can't be read are discrepancies with their lines, each of them.
func TestMalformedAreFound(t *testing.T) {
	w := newWorld(3)
	w.clean(2000)
	text := append(w.text(), bytes.Repeat([]byte("x,capture,c\n"), MaxMalformed)...)
	res := w.match(t, text)
	if res.Counts[MalformedRow] != MaxMalformed || len(res.Found) != MaxMalformed || res.Found[0].Line == 0 {
		t.Errorf("%d of %d rows are found", res.Counts[MalformedRow], MaxMalformed)
	}
}

// Whatever the bytes, reading ends, and what is handed on is what it says it is.
func FuzzRead(f *testing.F) {
	f.Add([]byte(header + good))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(header+good, ",", ";")))
	f.Add([]byte(header + `"1"",capture`))
	f.Add([]byte("balance_transaction_id,reporting_category,gross,currency,created_utc\n1,charge,-1,jpy,2026-01-01\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWorld(4)
		m := New(w.books.Movements(), Options{AsOf: asOf})
		last := 0
		err := Read(bytes.NewReader(b), func(v Row) {
			if v.Line <= last || v.ID == "" || v.Amount.Sign() < 0 || !v.Amount.Currency.Valid() || v.Created.IsZero() {
				t.Fatalf("row %+v", v)
			}
			last = v.Line
			m.Row(v)
		}, m.Bad)
		if err == nil {
			m.Result()
		}
	})
}
