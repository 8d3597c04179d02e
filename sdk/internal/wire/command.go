package wire

import (
	"errors"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/internal/pb"
)

// The limits of the command stream.
const (
	// MaxCommands is the most commands of one host that are under way.
	MaxCommands = 256
	// MaxAnswer is the most bytes of one answer.
	MaxAnswer = 32 << 10
	// MaxCommandMessage is the most bytes of one message of the stream, either
	// way.
	MaxCommandMessage = 64 << 10
	// fullCommandMessage is the size at which a message takes no more.
	fullCommandMessage = MaxCommandMessage - MaxAnswer - 1<<10
)

// Command is one command as it travels. What it holds are views of its message.
type Command struct {
	ID      uint64
	Method  []byte
	Timeout time.Duration // 0 for none
	Request []byte
	By      uint64 // by an agent's clock, in microseconds; 0 for none
}

// Answer is one answer as it travels. What it holds are views of its message.
type Answer struct {
	ID       uint64
	Response []byte
	Fault    []byte // nil for a response
}

// Bytes is a message that is written already (Appender).
type Bytes []byte

// Size is the length of the message.
func (b Bytes) Size() int { return len(b) }

// Append appends the message.
func (b Bytes) Append(to []byte) []byte { return append(to, b...) }

// AppendCommand appends a command to a CommandRequest. Method and request are of
// any length. By is 0 but for an agent.
func AppendCommand(b []byte, id uint64, method string, timeout time.Duration, by uint64, request []byte) []byte {
	us := uint64(0)
	if timeout > 0 {
		us = uint64(max(timeout/time.Microsecond, 1)) //nolint:gosec // positive
	}
	size := protowire.SizeTag(1) + protowire.SizeVarint(id) + sizeOfField(2, len(method)) + sizeOfField(4, len(request))
	if us > 0 {
		size += protowire.SizeTag(3) + protowire.SizeVarint(us)
	}
	if by > 0 {
		size += protowire.SizeTag(5) + protowire.SizeVarint(by)
	}
	b = appendLength(b, 1, size)
	b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), id)
	b = append(appendLength(b, 2, len(method)), method...)
	if us > 0 {
		b = protowire.AppendVarint(protowire.AppendTag(b, 3, protowire.VarintType), us)
	}
	b = append(appendLength(b, 4, len(request)), request...)
	return appendNumber(b, 5, by)
}

// AppendCancel appends the number of a command to a CommandRequest's cancels.
func AppendCancel(b []byte, id uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), id)
}

// AppendResponse appends an answer with a response to a CommandResponse.
func AppendResponse(b []byte, id uint64, response []byte) []byte {
	return appendAnswer(b, id, 2, response)
}

// AppendFault appends an answer with a fault to a CommandResponse.
func AppendFault(b []byte, id uint64, f *pb.Fault) []byte {
	raw, err := proto.Marshal(f)
	if err != nil || len(raw) > MaxAnswer {
		raw, _ = proto.Marshal(&pb.Fault{Code: f.GetCode(), Message: "the fault itself could not travel"})
	}
	return appendAnswer(b, id, 3, raw)
}

func appendAnswer(b []byte, id uint64, field protowire.Number, body []byte) []byte {
	b = appendLength(b, 1, protowire.SizeTag(1)+protowire.SizeVarint(id)+sizeOfField(field, len(body)))
	b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), id)
	return append(appendLength(b, field, len(body)), body...)
}

// ReadCommands calls command for each command of a CommandRequest and cancel for
// each number to be cancelled.
func ReadCommands(message []byte, command func(Command) error, cancel func(id uint64)) error {
	return fields(message, func(n protowire.Number, t protowire.Type, b []byte, v uint64) error {
		switch {
		case n == 1 && t == protowire.BytesType:
			c, err := readCommand(b)
			if err != nil {
				return err
			}
			return command(c)
		case n == 2 && t == protowire.VarintType:
			cancel(v)
		case n == 2: // packed
			for len(b) > 0 {
				id, used := protowire.ConsumeVarint(b)
				if used < 0 {
					return protowire.ParseError(used)
				}
				cancel(id)
				b = b[used:]
			}
		case n == 1:
			return errWireType
		}
		return nil
	})
}

// maxTimeout is the longest a command may be given.
const maxTimeout = 24 * time.Hour

func readCommand(b []byte) (c Command, err error) {
	err = fields(b, func(n protowire.Number, t protowire.Type, b []byte, v uint64) error {
		if n <= 5 && (t == protowire.BytesType) != (n == 2 || n == 4) {
			return errWireType
		}
		switch n {
		case 1:
			c.ID = v
		case 2:
			c.Method = b
		case 3:
			c.Timeout = time.Duration(min(v, uint64(maxTimeout/time.Microsecond))) * time.Microsecond //nolint:gosec // bounded
		case 4:
			c.Request = b
		case 5:
			c.By = v
		}
		return nil
	})
	return c, err
}

// Single reports whether a message of either kind has one part at most.
func Single(message []byte) bool {
	number, kind, used := protowire.ConsumeTag(message)
	if used < 0 {
		return true
	}
	value := protowire.ConsumeFieldValue(number, kind, message[used:])
	return value < 0 || used+value == len(message)
}

var errAnswers = errors.New("an answer with neither response nor fault")

// ReadAnswers calls f for each answer of a CommandResponse.
func ReadAnswers(message []byte, f func(Answer) error) error {
	return fields(message, func(n protowire.Number, t protowire.Type, b []byte, _ uint64) error {
		switch {
		case n > 1:
			return nil
		case t != protowire.BytesType:
			return errWireType
		}
		var a Answer
		told := false
		err := fields(b, func(n protowire.Number, t protowire.Type, b []byte, v uint64) error {
			if n <= 3 && (t == protowire.BytesType) != (n > 1) {
				return errWireType
			}
			switch n {
			case 1:
				a.ID = v
			case 2:
				a.Response, a.Fault, told = b, nil, true
			case 3:
				a.Response, a.Fault, told = nil, b, true
				if a.Fault == nil {
					a.Fault = []byte{}
				}
			}
			return nil
		})
		if err == nil && !told {
			err = errAnswers
		}
		if err != nil {
			return err
		}
		return f(a)
	})
}
