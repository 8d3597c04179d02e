// Package fault is the vocabulary of errors that cross the line between a plugin and the host.
//
// An error here has a code to act on and a message to read. The code survives the wire; the chain of wrapped errors does not.
// What is not here: the conversion to and from gRPC (sdk/internal/wire does that), retries, and logging.
//
// Vendors return these errors from their methods, class adapters carry them, and the host's dispatcher acts on the code.
// The package promises that every non-nil error has exactly one code, and that an error nobody recognised is Unknown:
// it never passes for a definite no.
package fault

import (
	"errors"
	"fmt"
)

// An Error is a code to act on and a message to read, with where and in which deed it arose.
type Error struct {
	// Code says what the caller must do.
	Code Code
	// Op is the deed that failed, as a short verb phrase: "capture", "open gate.north".
	Op string
	// Path is the attribute path in the device's config that is to blame, such as "antenna[2].power"; empty when none is.
	Path string
	// Message is for people. It never holds a secret, a token or a card number.
	Message string
	// Err is the cause, if there is one. It stays in this process.
	Err error
}

// Error gives deed, path, message and cause, as far as they are known, in that order.
func (e *Error) Error() string {
	text := ""
	for _, part := range []string{e.Op, e.Path, e.Message} {
		text = join(text, part)
	}
	if e.Err != nil {
		text = join(text, e.Err.Error())
	}
	if text == "" {
		return e.Code.String()
	}
	return text
}

func join(text, part string) string {
	switch {
	case part == "":
		return text
	case text == "":
		return part
	default:
		return text + ": " + part
	}
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error with a code and a message.
func New(code Code, msg string) error {
	return &Error{Code: code, Message: msg}
}

// Errorf makes an error with a code and a formatted message. A cause given with %w is kept, and CodeOf answers code, not the cause's.
func Errorf(code Code, format string, args ...any) error {
	text := fmt.Errorf(format, args...)
	if errors.Unwrap(text) == nil && !wrapsMany(text) {
		return &Error{Code: code, Message: text.Error()}
	}
	return &Error{Code: code, Err: text}
}

func wrapsMany(err error) bool {
	_, many := err.(interface{ Unwrap() []error })
	return many
}

// Wrap gives err a code and the deed in which it arose. The code replaces the one err has. Wrap of nil is nil.
func Wrap(code Code, op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Op: op, Err: err}
}

// During adds the deed in which err arose and keeps its code. During of nil is nil.
func During(op string, err error) error {
	return Wrap(CodeOf(err), op, err)
}

// At says which attribute of the device's config is to blame for err, and keeps its code. At of nil is nil.
func At(path string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: CodeOf(err), Path: path, Err: err}
}

// CodeOf says what to do about err. Nil is None. An error without a code of this package is Unknown, and so is a context that
// was cancelled or ran out: whoever stopped waiting doesn't know what happened.
func CodeOf(err error) Code {
	if err == nil {
		return None
	}
	for err != nil {
		var e *Error
		if !errors.As(err, &e) || e == nil {
			return Unknown
		}
		if e.Code.Valid() {
			return e.Code
		}
		err = e.Err
	}
	return Unknown
}

// PathOf gives the attribute path that err names, the outermost if several do, or "" if none does.
func PathOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) || e == nil {
			return ""
		}
		if e.Path != "" {
			return e.Path
		}
		err = e.Err
	}
	return ""
}
