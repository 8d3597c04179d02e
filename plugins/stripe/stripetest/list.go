package stripetest

import "slices"

// Limits of a page (docs.stripe.com/api/pagination).
const (
	defaultLimit = 10
	maxLimit     = 100
)

func (j *job) limit() (int, *failure) {
	n, given, f := j.form.whole("limit")
	switch {
	case f != nil:
		return 0, f
	case !given:
		return defaultLimit, nil
	case n < 1 || n > maxLimit:
		return 0, invalid("limit", "parameter_invalid_integer", "The limit must be between 1 and %d.", maxLimit)
	}
	return int(n), nil
}

// createdIn says whether a time lies where the request's `created` asks for.
func (j *job) createdIn(at int64) (bool, *failure) {
	for _, bound := range []struct{ name, op string }{
		{"created", ":"}, {"created[gt]", ">"}, {"created[gte]", ">="}, {"created[lt]", "<"}, {"created[lte]", "<="},
	} {
		n, given, f := j.form.whole(bound.name)
		if f != nil {
			return false, f
		}
		if given && !compare(at, bound.op, n) {
			return false, nil
		}
	}
	return true, nil
}

// An item is one object of a list.
type item struct {
	id      string
	created int64
	matches bool
	view    func() (map[string]any, *failure)
}

// page answers a list of items given oldest first: newest first, a page of it, from a cursor.
func (j *job) page(url string, items []item) (map[string]any, *failure) {
	limit, f := j.limit()
	if f != nil {
		return nil, f
	}
	slices.Reverse(items)
	after, before := j.form.str("starting_after"), j.form.str("ending_before")
	if after != "" && before != "" {
		return nil, invalid("ending_before", "", "You can only use one of `starting_after` and `ending_before`.")
	}
	for _, cursor := range []string{after, before} {
		if cursor == "" {
			continue
		}
		i := slices.IndexFunc(items, func(it item) bool { return it.id == cursor })
		if i < 0 {
			return nil, missing("object", cursor, "cursor")
		}
		if cursor == after {
			items = items[i+1:]
		} else {
			items = items[:i]
		}
	}
	var kept []item
	for _, it := range items {
		in, f := j.createdIn(it.created)
		if f != nil {
			return nil, f
		}
		if in && it.matches {
			kept = append(kept, it)
		}
	}
	more := len(kept) > limit
	if more && before != "" {
		kept = kept[len(kept)-limit:]
	} else if more {
		kept = kept[:limit]
	}
	data := []map[string]any{}
	for _, it := range kept {
		view, f := it.view()
		if f != nil {
			return nil, f
		}
		data = append(data, view)
	}
	return map[string]any{"object": "list", "url": url, "has_more": more, "data": data}, nil
}

// listIntents answers from the books themselves: unlike search it never lags.
func (j *job) listIntents() (map[string]any, *failure) {
	var items []item
	for _, in := range j.intents {
		items = append(items, item{
			id: in.id, created: in.created, matches: !j.form.has("customer") || in.customer == j.form.str("customer"),
			view: func() (map[string]any, *failure) { return j.expandIntent(in, in.render(), "data.") },
		})
	}
	return j.page("/v1/payment_intents", items)
}

// listRefunds lists all refunds, or those of one intent or charge.
func (j *job) listRefunds() (map[string]any, *failure) {
	var of *intent
	if j.form.has("payment_intent") || j.form.has("charge") {
		var f *failure
		if of, f = j.refunded(); f != nil {
			return nil, f
		}
	}
	var items []item
	for _, r := range j.refunds {
		items = append(items, item{
			id: r.id, created: r.created, matches: of == nil || r.intent == of,
			view: func() (map[string]any, *failure) { return r.render(), nil },
		})
	}
	return j.page("/v1/refunds", items)
}
