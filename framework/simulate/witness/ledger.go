package witness

// Moved hears a line of the processor's ledger as it is written.
func (w *Witness) Moved(m Movement) {
	w.Now(m.At)
	s := w.sessions[m.Session]
	if s == nil && m.Session != "" && m.Op == "authorize" {
		w.violate("M8", m.Session, "a hold of a session that the journal does not know")
	}
	switch m.Op {
	case "authorize":
		h := &hold{Movement: m}
		w.holds[m.Reference] = h
		w.holdList = append(w.holdList, h)
		if !m.Other {
			w.open = append(w.open, h)
		}
		if s != nil {
			s.authorised += m.Minor
			s.holds = append(s.holds, m.Reference)
		}
	case "increase":
		if h := w.holds[m.Parent]; h != nil {
			if s != nil {
				s.authorised += m.Minor - h.Minor
			}
			h.Minor = m.Minor
		}
	case "capture":
		w.capturedNow(m, s)
	case "void", "expire":
		if h := w.holds[m.Parent]; h != nil && h.over == "" {
			h.over = m.Op
		}
	case "refund":
		w.refundedNow(m, s)
	case "capture_failed":
		if s != nil {
			s.failed += m.Minor
		}
	case "chargeback":
		if s != nil {
			s.chargedBack += m.Minor
		}
	}
}

func (w *Witness) capturedNow(m Movement, s *session) {
	w.captures[m.Reference] = &m
	h := w.holds[m.Parent]
	if h == nil {
		w.violate("M1", m.Session, "a capture without a hold")
		return
	}
	if h.captured > 0 && !m.MultipleCapture {
		w.violate("M13", m.Session, "hold %s is captured twice", m.Parent)
	}
	h.captured, h.over = h.captured+m.Minor, "capture"
	if h.captured > h.Minor+h.Minor*w.rules.OverCapture/1_000_000 {
		w.violate("M1", m.Session, "%d is captured of a hold of %d", h.captured, h.Minor)
	}
	if s != nil {
		s.captured += m.Minor
		s.elsewhere = s.elsewhere || m.Other
	}
}

func (w *Witness) refundedNow(m Movement, s *session) {
	c := w.captures[m.Parent]
	if c == nil {
		w.violate("M5", m.Session, "a refund of what was never captured")
		return
	}
	if w.refunds[m.Parent] += m.Minor; w.refunds[m.Parent] > c.Minor {
		w.violate("M5", m.Session, "%d is refunded of a capture of %d", w.refunds[m.Parent], c.Minor)
	}
	if m.Token != c.Token {
		w.violate("M5", m.Session, "a refund goes to another instrument than the one that paid")
	}
	if s != nil {
		s.refunded += m.Minor
		if m.Other {
			if s.byOther == nil {
				s.byOther = map[string]int64{}
			}
			s.byOther[m.Key] += m.Minor
		}
	}
}
