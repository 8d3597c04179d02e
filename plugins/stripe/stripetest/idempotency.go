package stripetest

import (
	"net/http"
	"time"
)

// maxKey is the longest idempotency key that Stripe takes.
const maxKey = 255

// A saved is what is remembered under an idempotency key.
type saved struct {
	path        string
	fingerprint string
	at          time.Time
	done        bool // else the first request is still at work
	answer      answer
}

// claim takes an idempotency key for a request. It returns an answer where the request is not to be carried out: the
// saved first result, or a refusal. Source: docs.stripe.com/api/idempotent_requests and error-low-level, API v1.
func (s *Server) claim(c *call) *answer {
	if len(c.key) > maxKey {
		a := invalid("", "", "Idempotency keys are at most %d characters long.", maxKey).answer()
		return &a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	first, known := s.keys[c.key]
	if known && first.done && now.Sub(first.at) >= s.opts.KeyWindow {
		known = false // forgotten: the request would be carried out once more
	}
	var f *failure
	switch {
	case !known:
		s.keys[c.key] = &saved{path: c.path, fingerprint: c.fingerprint(), at: now}
		return nil
	case first.path != c.path:
		f = idempotencyError("Keys for idempotent requests can only be used for the same endpoint they were first used for ('" + first.path +
			"' vs '" + c.path + "'). Try using a key other than '" + c.key + "' if you meant to execute a different request.")
	case first.fingerprint != c.fingerprint():
		f = idempotencyError("Keys for idempotent requests can only be used with the same parameters they were first used with. " +
			"Try using a key other than '" + c.key + "' if you meant to execute a different request.")
	case !first.done:
		f = keyInUse(c.key)
	default:
		a := first.answer
		a.replay = true
		return &a
	}
	a := f.answer()
	return &a
}

// settle saves the result under the key, or frees the key where the endpoint had not begun.
func (s *Server) settle(c *call, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !a.save {
		delete(s.keys, c.key)
		return
	}
	s.keys[c.key].done, s.keys[c.key].answer = true, a
}

func idempotencyError(message string) *failure {
	return &failure{status: http.StatusBadRequest, Type: "idempotency_error", Message: message}
}

func keyInUse(key string) *failure {
	return &failure{
		status: http.StatusConflict, Type: "idempotency_error", Code: "idempotency_key_in_use",
		Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, " +
			"and the other request is still going through): " + key + ". Please try again later.",
	}
}
