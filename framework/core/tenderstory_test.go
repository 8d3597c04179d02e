package core_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// presented fills in how a story's credential was presented: by=badge, and what
// its reader says of it: has=tender:meal_plan,funding:prepaid.
func (n *narrator) presented(c observe.Credential, args map[string]string) observe.Credential {
	if by := args["by"]; by != "" {
		if err := c.Method.UnmarshalText([]byte(by)); err != nil {
			n.fail("tap", err)
		}
	}
	for _, a := range commas(args["has"]) {
		c.Attributes = append(c.Attributes, strings.Replace(a, ":", "=", 1))
	}
	slices.Sort(c.Attributes)
	if err := observe.CheckAttributes(c.Attributes); err != nil {
		n.fail("tap", err)
	}
	return c
}

func commas(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// adoptEntry reads who may enter, and the store's own accounts as class:tender or
// class:tender:attribute/value.
func adoptEntry(s *storedef.Store, args map[string]string) {
	e := &s.Entry
	for _, w := range commas(args["tenders"]) {
		e.Tenders = append(e.Tenders, storedef.Tender(w))
	}
	e.RefuseFunding, e.RefuseRisk = commas(args["refuse_funding"]), commas(args["refuse_risk"])
	e.UnknownFunding, e.UnknownRisk = storedef.Unknown(args["unknown_funding"]), storedef.Unknown(args["unknown_risk"])
	limit := func(name string) money.Amount {
		if args[name] == "" {
			return money.Amount{}
		}
		return money.New(int64(num(args[name], 0)), "EUR")
	}
	for _, w := range commas(args["house"]) {
		part := append(strings.Split(w, ":"), "")
		s.Houses = append(s.Houses, storedef.House{Name: part[0], Tender: storedef.Tender(part[1]), Requires: strings.Replace(part[2], "/", "=", 1),
			PerVisit: limit("per_visit"), PerDay: limit("per_day"), PerPeriod: limit("per_period"), Period: storedef.Period(args["period"]),
			Over: storedef.Over(args["over"])})
	}
}

// opened says how a visit is paid.
func (n *narrator) opened(f event.SessionOpened) string {
	s := n.plain(f)
	if f.Offline != nil {
		s += " offline=" + f.Offline.String()
	}
	if f.Tender != "" && f.Tender != storedef.TenderPalm {
		s += " tender=" + string(f.Tender)
	}
	if f.House != "" {
		s += " house=" + f.House
	}
	if f.Allowance != nil {
		s += " up to " + f.Allowance.String()
	}
	return s
}

func (n *narrator) posted(f event.HousePosted) string {
	s := fmt.Sprintf("posted to house:%s account %s: %s", f.House, f.Account, f.Amount)
	if f.Refund != "" {
		s += ", refund " + f.Refund
	}
	return s
}
