package stripetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84"
)

func search(t *testing.T, c *stripe.Client, query string, limit int64) []string {
	t.Helper()
	p := &stripe.PaymentIntentSearchParams{}
	p.Query = query
	if limit > 0 {
		p.Limit = stripe.Int64(limit)
	}
	var ids []string
	for in, err := range c.V1PaymentIntents.Search(t.Context(), p) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, in.ID)
	}
	return ids
}

func TestSearchLags(t *testing.T) {
	clock := newClock()
	s := start(t, Options{Now: clock.Now, SearchDelay: time.Minute})
	c := client(s)
	in := mustHold(t, c, "k1", 1500)
	clock.add(59 * time.Second)
	if got := search(t, c, "metadata['aisle_key']:'k1'", 0); len(got) != 0 {
		t.Fatalf("found too early: %v", got)
	}
	mustCapture(t, c, "k2", in.ID, 700)
	clock.add(time.Second)
	if got := search(t, c, "metadata['aisle_key']:'k1' AND status:'requires_capture'", 0); len(got) != 1 || got[0] != in.ID {
		t.Fatalf("the index does not show the older state: %v", got)
	}
	clock.add(59 * time.Second)
	if got := search(t, c, "metadata['aisle_key']:'k1' AND status:'succeeded'", 0); len(got) != 1 {
		t.Fatalf("the index does not show the newer state: %v", got)
	}
}

func TestSearchQueries(t *testing.T) {
	s := start(t, Options{})
	c := client(s)
	a := mustHold(t, c, "k1", 1500).ID
	b := mustHold(t, c, "K'2\\", 2500).ID
	mustCapture(t, c, "k3", b, 100)
	for _, tc := range []struct {
		query string
		want  []string
	}{
		{`metadata['aisle_key']:'k1'`, []string{a}},
		{`metadata["aisle_key"]:"k1"`, []string{a}},
		{`metadata['aisle_key']:'K1'`, []string{a}}, // the index knows no case
		{`metadata['aisle_key']:'k\'2\\'`, []string{b}},
		{`metadata['aisle_key']:'k'`, nil},
		{`metadata['aisle_capture_key']:null`, []string{a}},
		{`-metadata['aisle_capture_key']:null`, []string{b}},
		{`amount>=1500`, []string{b, a}},
		{`amount>1500 AND currency:'eur'`, []string{b}},
		{`amount<1501 OR status:'succeeded'`, []string{b, a}},
		{`-status:"succeeded"`, []string{a}},
		{`created>0 AND customer:'cus_1'`, nil},
	} {
		if got := search(t, c, tc.query, 0); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.query, got, tc.want)
		}
	}
	for _, bad := range []string{
		"", "foo", "foo:'bar'", "metadata['a']", "metadata['a']>'b'", "amount:'1", "amount>1 AND", "amount>1 AND amount>2 OR amount>3",
	} {
		if _, f := parseQuery(bad); f == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSearchAndListInPages(t *testing.T) {
	clock := newClock()
	s := start(t, Options{Now: clock.Now})
	c := client(s)
	var want []string
	for i := range 7 {
		want = append(want, mustHold(t, c, fmt.Sprint("k", i), 1500).ID)
		clock.add(time.Second)
	}
	slices.Reverse(want)
	for _, limit := range []int64{1, 3, 7, 100} {
		if got := search(t, c, "currency:'eur'", limit); !slices.Equal(got, want) {
			t.Errorf("search in pages of %d: %v, want %v", limit, got, want)
		}
		p := &stripe.PaymentIntentListParams{}
		p.Limit = stripe.Int64(limit)
		if got := list(t, c, p); !slices.Equal(got, want) {
			t.Errorf("list in pages of %d: %v, want %v", limit, got, want)
		}
	}
	start := newClock().Now().Unix()
	p := &stripe.PaymentIntentListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: start + 2, LesserThan: start + 5}}
	p.Limit = stripe.Int64(2)
	if got := list(t, c, p); !slices.Equal(got, want[2:5]) {
		t.Errorf("created range: %v, want %v", got, want[2:5])
	}
	p = &stripe.PaymentIntentListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThan: start + 2, LesserThanOrEqual: start + 5}}
	if got := list(t, c, p); !slices.Equal(got, want[1:4]) {
		t.Errorf("created range: %v, want %v", got, want[1:4])
	}
	p = &stripe.PaymentIntentListParams{Created: stripe.Int64(start + 3)}
	if got := list(t, c, p); !slices.Equal(got, want[3:4]) {
		t.Errorf("created at: %v, want %v", got, want[3:4])
	}
	p = &stripe.PaymentIntentListParams{}
	p.EndingBefore, p.Limit = &want[4], stripe.Int64(2)
	p.Single = true
	if got := list(t, c, p); !slices.Equal(got, []string{want[3], want[2]}) && !slices.Equal(got, want[2:4]) {
		t.Errorf("ending before: %v", got)
	}
	for _, limit := range []string{"0", "101"} {
		if status, body := do(t, "GET", s.URL+"/v1/payment_intents?limit="+limit, "", testKey, ""); status != 400 {
			t.Errorf("limit %s: %d %s", limit, status, body)
		}
	}
}

func list(t *testing.T, c *stripe.Client, p *stripe.PaymentIntentListParams) []string {
	t.Helper()
	var ids []string
	for in, err := range c.V1PaymentIntents.List(t.Context(), p) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, in.ID)
	}
	return ids
}
