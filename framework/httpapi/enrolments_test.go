package httpapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
)

func TestEnrolmentOrders(t *testing.T) {
	order := func(name, fields string) string {
		return `{"id":"desk-1","order":"` + name + `","actor":"maria","reason":"asked"` + fields + `}`
	}
	const reader, account, consent = `,"reader":"credential_reader.palm"`, `,"account":{"token":"tok_1","attributes":["tender=card","age_over=18"]}`, `,"consent":"release-1"`
	for name, c := range map[string]struct {
		body  string
		want  int
		field string
	}{
		"enrol":              {order("enrol", reader+account+consent), 200, ""},
		"for staff":          {order("enrol", reader+consent+`,"account":{"token":"badge-1"}`), 200, ""},
		"cancel":             {order("cancel_enrolment", reader), 200, ""},
		"forget a pairing":   {order("forget", `,"pairing":"p1"`), 200, ""},
		"forget an account":  {order("forget", account), 200, ""},
		"no consent":         {order("enrol", reader+account), 400, "consent"},
		"where":              {order("enrol", account+consent), 400, "reader"},
		"cancel where":       {order("cancel_enrolment", ``), 400, "reader"},
		"for whom":           {order("enrol", reader+consent), 400, "account"},
		"no token":           {order("enrol", reader+consent+`,"account":{"token":""}`), 400, "account"},
		"a template":         {order("enrol", reader+consent+`,"account":{"token":"tok_1","attributes":["minutiae=`+strings.Repeat("a", 99)+`"]}`), 400, "account"},
		"nobody's actor":     {strings.Replace(order("enrol", reader+account+consent), "maria", "", 1), 400, "actor"},
		"forget what":        {order("forget", ``), 400, "pairing"},
		"forget either":      {order("forget", account+`,"pairing":"p1"`), 400, "pairing"},
		"a pairing of lines": {order("forget", `,"pairing":"a\nb"`), 400, "pairing"},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := afterSale(t)
			w := do(a.handler(), "POST", "/api/v1/orders", c.body, jsonType...)
			if w.Code != c.want || (len(s.orders) == 1) != (c.want == 200) {
				t.Fatalf("%d, %d orders: %s", w.Code, len(s.orders), w.Body)
			}
			if c.want != 200 {
				if _, field := whatIsWrong(t, w.Body.Bytes()); field != c.field {
					t.Errorf("field %q, want %q", field, c.field)
				}
				return
			}
			if o := s.orders[0]; o.Session != "" || o.Account != nil && !slices.IsSorted(o.Account.Attributes) || o.Order == event.OrderEnrol && (o.Reader == "" || o.Consent == "") {
				t.Errorf("the order is %+v", o)
			}
		})
	}
}
