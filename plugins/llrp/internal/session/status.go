package session

import (
	"fmt"
	"unicode"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

// maxWords is how much of a reader's words is repeated.
const maxWords = 200

// refusal is the error that an answer states.
func refusal(asked, answer codec.Message) error {
	st := statusOf(answer)
	if st == nil || st.StatusCode == codec.StatusCodeMSuccess {
		return nil
	}
	words := Printable(st.ErrorDescription)
	if words != "" {
		words = ": " + words
	}
	return fmt.Errorf("%w %s with status %d%s", ErrRefused, codec.NameOf(asked), st.StatusCode, words)
}

// Printable is what a reader says, fit for a log.
func Printable(s string) string {
	out := []rune{}
	for _, r := range s {
		if len(out) == maxWords {
			break
		}
		if !unicode.IsPrint(r) {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}

// statusOf is an answer's status; nil for one that has none.
func statusOf(m codec.Message) *codec.LLRPStatus { //nolint:gocyclo // a line an answer
	switch m := m.(type) {
	case *codec.ErrorMessage:
		if m.LLRPStatus == nil {
			return &codec.LLRPStatus{StatusCode: codec.StatusCodeMUnsupportedMessage}
		}
		return m.LLRPStatus
	case *codec.GetSupportedVersionResponse:
		return m.LLRPStatus
	case *codec.SetProtocolVersionResponse:
		return m.LLRPStatus
	case *codec.GetReaderCapabilitiesResponse:
		return m.LLRPStatus
	case *codec.GetReaderConfigResponse:
		return m.LLRPStatus
	case *codec.SetReaderConfigResponse:
		return m.LLRPStatus
	case *codec.AddROSpecResponse:
		return m.LLRPStatus
	case *codec.DeleteROSpecResponse:
		return m.LLRPStatus
	case *codec.EnableROSpecResponse:
		return m.LLRPStatus
	case *codec.DisableROSpecResponse:
		return m.LLRPStatus
	case *codec.StartROSpecResponse:
		return m.LLRPStatus
	case *codec.StopROSpecResponse:
		return m.LLRPStatus
	case *codec.GetROSpecsResponse:
		return m.LLRPStatus
	case *codec.DeleteAccessSpecResponse:
		return m.LLRPStatus
	case *codec.CloseConnectionResponse:
		return m.LLRPStatus
	}
	return nil
}

// Refusal is the error that a message states which nobody waited for: the answer to something told.
func Refusal(m codec.Message) error { return refusal(m, m) }
