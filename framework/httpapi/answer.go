package httpapi

import (
	"encoding/json"
	"net/http"
)

// problem is the body of every answer that is not a success.
type problem struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		// Field names what of the body is not as it must be.
		Field string `json:"field,omitempty"`
	} `json:"error"`
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	var p problem
	p.Error.Code, p.Error.Message = code, message
	answer(w, status, p)
}

// refuseField refuses a body for one of its fields.
func refuseField(w http.ResponseWriter, field, message string) {
	var p problem
	p.Error.Code, p.Error.Message, p.Error.Field = "invalid", message, field
	answer(w, http.StatusBadRequest, p)
}

// answer writes v. An error in writing means that the client has gone.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"The answer could not be written."}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// unrouted gives what a mux says where no route matches as a problem, with the
// mux's own choice between 404 and 405.
func unrouted(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		status := statusOnly{header: w.Header(), code: http.StatusOK}
		h.ServeHTTP(&status, r)
		switch status.code {
		case http.StatusMethodNotAllowed:
			refuse(w, status.code, "method", "This is not what can be done here.")
		default:
			notFound(w)
		}
	})
}

// notFound is the one answer for whatever is not there, so that it tells
// nothing of why.
func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "not_found", "There is nothing here.")
}

type statusOnly struct {
	header http.Header
	code   int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(code int)        { s.code = code }
