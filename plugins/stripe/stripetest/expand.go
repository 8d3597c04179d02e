package stripetest

import "slices"

// expansions are the names that a request wants answered as objects instead of ids.
func (j *job) expansions() []string { return j.form.list("expand") }

// viewIntent renders an intent with what the request expands.
func (j *job) viewIntent(in *intent) (map[string]any, *failure) {
	return j.expandIntent(in, in.render(), "")
}

// expandIntent replaces ids in a rendered intent by objects. In lists the names begin with a prefix, "data.".
func (j *job) expandIntent(in *intent, view map[string]any, prefix string) (map[string]any, *failure) {
	for _, name := range j.expansions() {
		switch name {
		case prefix + "latest_charge":
			if view["latest_charge"] != nil {
				view["latest_charge"] = in.renderCharge()
			}
		case prefix + "payment_method":
			if view["payment_method"] != nil {
				view["payment_method"] = j.methods[in.method].render()
			}
		default:
			return nil, unmodelled("expand", "the expansion %s here", name)
		}
	}
	return view, nil
}

// viewRefund renders a refund with what the request expands.
func (j *job) viewRefund(r *refund) (map[string]any, *failure) {
	view := r.render()
	for _, name := range j.expansions() {
		switch name {
		case "payment_intent":
			view["payment_intent"] = r.intent.render()
		case "charge":
			view["charge"] = r.intent.renderCharge()
		default:
			return nil, unmodelled("expand", "the expansion %s here", name)
		}
	}
	return view, nil
}

// keep notes for the search index what an intent looks like from now on.
func (j *job) keep(in *intent) {
	in.history = append(in.history, version{at: j.now, view: in.render()})
}

// indexed returns what the search index shows of an intent at present; nil where it doesn't know it yet.
func (j *job) indexed(in *intent) map[string]any {
	until := j.now.Add(-j.opts.SearchDelay)
	for _, v := range slices.Backward(in.history) {
		if !v.at.After(until) {
			return v.view
		}
	}
	return nil
}
