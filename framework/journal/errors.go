package journal

import (
	"errors"
	"fmt"
)

// Errors to act on. Those returned wrap one of these and say which file and what happened.
var (
	ErrInUse    = errors.New("journal is in use")                      // another process writes to it
	ErrNewer    = errors.New("journal has a newer format")             // written by a newer program
	ErrForeign  = errors.New("journal belongs to another store")       // Options.Store is not the one it was created with
	ErrDamaged  = errors.New("journal is damaged")                     // see DamageError
	ErrLimit    = errors.New("over a limit of the journal")            // nothing was written
	ErrFull     = errors.New("no space left for the journal")          // nothing was written; try again when there is
	ErrFailed   = errors.New("journal has failed")                     // nothing is written any more
	ErrReadOnly = errors.New("journal is open for reading only")       // from a write on a Reader
	ErrClosed   = errors.New("journal is closed")                      // used after Close
	ErrSnapshot = errors.New("snapshot does not fit into the journal") // its seq is past the head or not past the last one
)

// A DamageError says what in a journal does not follow from the rest. It matches ErrDamaged.
type DamageError struct {
	Path   string // file of the journal, empty in memory
	Seq    uint64 // entry (or, for a snapshot, the last entry it covers) at which the damage shows; 0 if it is not at one
	Reason string // what is wrong, for a person
	Err    error  // the cause below, or nil
}

func (e *DamageError) Error() string {
	path := e.Path
	if path == "" {
		path = "in memory"
	}
	msg := fmt.Sprintf("journal %s is damaged", path)
	if e.Seq > 0 {
		msg += fmt.Sprintf(" at %d", e.Seq)
	}
	msg += ": " + e.Reason
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }

func (e *DamageError) Unwrap() error { return e.Err }

// An InUseError says who writes to the journal. It matches ErrInUse.
type InUseError struct {
	Path string
	PID  int // 0 if it is not known
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("journal %s is in use by another process", e.Path)
	}
	return fmt.Sprintf("journal %s is in use by process %d", e.Path, e.PID)
}

// Is makes errors.Is(err, ErrInUse) true.
func (e *InUseError) Is(target error) bool { return target == ErrInUse }

// coded is an error with its own words and one of the codes above.
type coded struct {
	msg  string
	code error
}

func (e *coded) Error() string { return e.msg }
func (e *coded) Unwrap() error { return e.code }

func (l *log) errorf(code error, format string, args ...any) error {
	return &coded{msg: fmt.Sprintf("journal %s: ", l.where()) + fmt.Sprintf(format, args...), code: code}
}

func (l *log) where() string {
	if l.path == "" {
		return "in memory"
	}
	return l.path
}
