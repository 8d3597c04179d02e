package stripetest

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// maxClauses is how many clauses a search query may have.
const maxClauses = 10

// clausePattern is one clause of Stripe's search language (docs.stripe.com/search#query-fields-for-payment-intents).
var clausePattern = regexp.MustCompile(
	`^\s*(-?)(?:(amount|created|currency|customer|status)|metadata\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\])` +
		`(:|>=|<=|>|<)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?[0-9]+)|(null))`)

var joinPattern = regexp.MustCompile(`^\s+(AND|OR)\s+`)

// A clause is one condition on an indexed object.
type clause struct {
	not          bool
	field        string // empty for metadata
	key          string // of metadata
	op           string
	value        string
	null, number bool
}

// A query is clauses that must all hold, or of which one must.
type query struct {
	clauses []clause
	any     bool
}

// parseQuery reads a search query. AND and OR can't be mixed.
func parseQuery(text string) (query, *failure) {
	var q query
	bad := func() (query, *failure) {
		return query{}, invalid("query", "", "We were unable to parse your search query %q at %q.", text, strings.TrimSpace(text))
	}
	join, rest := "", text
	for {
		m := clausePattern.FindStringSubmatch(rest)
		if m == nil {
			return bad()
		}
		c := clause{not: m[1] == "-", field: m[2], op: m[5], number: m[8] != "", null: m[9] != ""}
		c.key = unquote(m[3] + m[4])
		c.value = unquote(m[6]+m[7]) + m[8]
		numeric := c.field == "amount" || c.field == "created"
		if c.op != ":" && !numeric {
			return bad()
		}
		q.clauses = append(q.clauses, c)
		rest = rest[len(m[0]):]
		if strings.TrimSpace(rest) == "" {
			break
		}
		j := joinPattern.FindStringSubmatch(rest)
		if j == nil || (join != "" && join != j[1]) || len(q.clauses) == maxClauses {
			return bad()
		}
		join, rest = j[1], rest[len(j[0]):]
	}
	q.any = join == "OR"
	return q, nil
}

func unquote(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`).Replace(s)
}

func (q query) matches(view map[string]any) bool {
	for _, c := range q.clauses {
		if c.matches(view) == q.any {
			return q.any
		}
	}
	return !q.any
}

// matches ignores case, as Stripe's index does: whoever needs the exact key compares what comes back.
func (c clause) matches(view map[string]any) bool {
	held := view[c.field]
	if c.field == "" {
		metadata, _ := view["metadata"].(map[string]string)
		value, ok := metadata[c.key]
		held = nil
		if ok {
			held = value
		}
	}
	var ok bool
	switch held := held.(type) {
	case nil:
		ok = c.null
	case string:
		ok = !c.null && strings.EqualFold(held, c.value)
	case int64:
		n, err := strconv.ParseInt(c.value, 10, 64)
		ok = err == nil && compare(held, c.op, n)
	}
	return ok != c.not
}

func compare(a int64, op string, b int64) bool {
	switch op {
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "<":
		return a < b
	case "<=":
		return a <= b
	default:
		return a == b
	}
}

// searchIntents answers from the index, which lags: newest first, in pages.
func (j *job) searchIntents() (map[string]any, *failure) {
	q, f := parseQuery(j.form.str("query"))
	if f != nil {
		return nil, f
	}
	limit, f := j.limit()
	if f != nil {
		return nil, f
	}
	var found []map[string]any
	for i := len(j.intents) - 1; i >= 0; i-- {
		view := j.indexed(j.intents[i])
		if view == nil || !q.matches(view) {
			continue
		}
		view, f := j.expandIntent(j.intents[i], maps.Clone(view), "data.")
		if f != nil {
			return nil, f
		}
		found = append(found, view)
	}
	start := 0
	if page := j.form.str("page"); page != "" {
		if start, f = pageStart(page, found); f != nil {
			return nil, f
		}
	}
	end := min(start+limit, len(found))
	next := any(nil)
	if end < len(found) {
		next = "page_" + found[end-1]["id"].(string)
	}
	return map[string]any{
		"object": "search_result", "url": "/v1/payment_intents/search", "has_more": next != nil, "next_page": next,
		"data": emptyNotNull(found[start:end]),
	}, nil
}

// pageStart finds where the page begins: after the object that the cursor names.
func pageStart(page string, found []map[string]any) (int, *failure) {
	after, _ := strings.CutPrefix(page, "page_")
	for i, view := range found {
		if view["id"] == after {
			return i + 1, nil
		}
	}
	return 0, invalid("page", "", "Invalid page: %s", page)
}

// emptyNotNull keeps an empty list from being encoded as null.
func emptyNotNull(list []map[string]any) []map[string]any {
	if list == nil {
		return []map[string]any{}
	}
	return list
}
