package event

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/openaisle/aisle/framework/canonical"
)

// sealed is a record whose input and facts are not read yet.
type sealed struct {
	Input envelope   `json:"input"`
	Facts []envelope `json:"facts"`
}

// opened finds the input and the facts of a record. One that is not laid out as
// AppendRecord does, byte for byte, is read by encoding/json.
func opened(body []byte) (s sealed, err error) {
	if s, ok := plain(body); ok {
		return s, nil
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("journal record: %w", err)
	}
	return s, nil
}

func plain(body []byte) (s sealed, ok bool) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"input":`))
	if !ok {
		return s, false
	}
	if s.Input, rest, ok = plainEnvelope(rest); !ok {
		return s, false
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(`,"facts":[`)); !ok {
		return s, false
	}
	for first := true; ; first = false {
		next, another := bytes.CutPrefix(rest, []byte{','})
		if first {
			next, another = rest, string(rest) != `]}`
		}
		if !another {
			return s, string(rest) == `]}`
		}
		var e envelope
		if e, rest, ok = plainEnvelope(next); !ok {
			return s, false
		}
		s.Facts = append(s.Facts, e)
	}
}

func plainEnvelope(b []byte) (e envelope, rest []byte, ok bool) {
	if b, ok = bytes.CutPrefix(b, []byte(`{"kind":"`)); !ok {
		return e, nil, false
	}
	n := bytes.IndexByte(b, '"')
	if n < 0 || bytes.IndexByte(b[:n], '\\') >= 0 {
		return e, nil, false
	}
	e.Kind = string(b[:n])
	if b, ok = bytes.CutPrefix(b[n:], []byte(`","value":`)); !ok {
		return e, nil, false
	}
	if n, ok = canonical.End(b); !ok || n >= len(b) || b[n] != '}' {
		return e, nil, false
	}
	e.Value = b[:n:n]
	return e, b[n+1:], true
}
