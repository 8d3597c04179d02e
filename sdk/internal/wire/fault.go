package wire

import (
	"context"
	"errors"
	"net"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
)

// A Panic is a panic of vendor code, with its stack.
type Panic struct {
	Value, Stack string
}

func (p *Panic) Error() string { return panicPrefix + p.Value }

const panicPrefix = "panic: "

// StackOf gives the stack of the panic in err's chain, or "".
func StackOf(err error) string {
	var p *Panic
	if errors.As(err, &p) {
		return p.Stack
	}
	return ""
}

// FaultOf makes the message of an error. It is nil for nil.
func FaultOf(err error) *pb.Fault {
	if err == nil {
		return nil
	}
	f := &pb.Fault{
		Code:  pb.FaultCode(fault.CodeOf(err)),
		Path:  Bound(fault.PathOf(err), MaxFaultText),
		Stack: Bound(StackOf(err), MaxStack),
	}
	var e *fault.Error
	if errors.As(err, &e) && e == err { //nolint:errorlint // only the outermost deed is taken apart
		f.Op = Bound(e.Op, MaxFaultText)
		inner := &fault.Error{Code: e.Code, Message: e.Message, Err: e.Err}
		if e.Path == "" || e.Path != f.Path {
			inner.Path = e.Path
		}
		err = inner
	}
	f.Message = Bound(said(err), MaxFaultText)
	return f
}

// said is an error's text without the port that this end of a connection happened to have: the
// same trouble at the next try has the same words then, and is told once.
func said(err error) string {
	text := err.Error()
	var op *net.OpError
	if errors.As(err, &op) && op.Source != nil && op.Addr != nil {
		text = strings.ReplaceAll(text, op.Source.String()+"->", "")
	}
	return text
}

// ErrorOf makes an error of a fault message. A code that is not known is
// Unknown. It is nil for nil.
func ErrorOf(f *pb.Fault) error {
	if f == nil {
		return nil
	}
	code := fault.Unknown
	if f.Code > 0 && f.Code <= pb.FaultCode(fault.Internal) {
		code = fault.Code(f.Code) //nolint:gosec // bounded just above
	}
	e := &fault.Error{Code: code, Op: Bound(f.Op, MaxFaultText), Path: Bound(f.Path, MaxFaultText)}
	text := Bound(f.Message, MaxFaultText)
	if f.Stack == "" {
		e.Message = text
		return e
	}
	e.Err = &Panic{Value: strings.TrimPrefix(text, panicPrefix), Stack: Bound(f.Stack, MaxStack)}
	return e
}

// grpcCodes are the nearest gRPC codes, for tools and other languages. The
// fault in the detail is what counts.
var grpcCodes = map[fault.Code]codes.Code{
	fault.Invalid:     codes.InvalidArgument,
	fault.Refused:     codes.FailedPrecondition,
	fault.Unavailable: codes.Unavailable,
	fault.Unknown:     codes.Unknown,
	fault.Unsupported: codes.Unimplemented,
	fault.Internal:    codes.Internal,
}

// StatusOf makes the gRPC error that carries err. It is nil for nil.
func StatusOf(err error) error {
	if err == nil {
		return nil
	}
	f := FaultOf(err)
	s, detailErr := status.New(grpcCodes[fault.CodeOf(err)], f.Message).WithDetails(f)
	if detailErr != nil {
		return status.Error(codes.Internal, f.Message)
	}
	return s.Err()
}

// FromStatus makes a fault of the error of a call. Sent says whether the call
// may have left this process: one that did not certainly changed nothing.
func FromStatus(op string, err error, sent bool) error {
	if err == nil {
		return nil
	}
	s, ok := status.FromError(err)
	if ok {
		for _, d := range s.Details() {
			if f, ok := d.(*pb.Fault); ok {
				return ErrorOf(f)
			}
		}
	}
	text := Bound(s.Message(), MaxFaultText)
	cause := errors.New(text)
	switch {
	case s.Code() == codes.DeadlineExceeded:
		cause = &ended{text, context.DeadlineExceeded}
	case s.Code() == codes.Canceled:
		cause = &ended{text, context.Canceled}
	}
	switch {
	case !sent:
		return fault.Wrap(fault.Unavailable, op, cause)
	case s.Code() == codes.Unimplemented:
		// gRPC itself answers so where a service or method is not registered.
		return fault.Wrap(fault.Unsupported, op, cause)
	default:
		return fault.Wrap(fault.Unknown, op, cause)
	}
}

// ended is why a call ended, in gRPC's words: those of a context's end are in
// them already.
type ended struct {
	text string
	err  error
}

func (e *ended) Error() string { return e.text }
func (e *ended) Unwrap() error { return e.err }

// Bound cuts a text to n bytes of valid UTF-8, or protobuf would refuse the
// whole message.
func Bound(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "�")
	}
	return s
}
