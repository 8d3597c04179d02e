package lsp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The limits of a message. A language server is fed by an editor, and a length
// is only what somebody wrote before a colon.
const (
	// MaxMessage is the most bytes of one: a store file at its limit, escaped.
	MaxMessage = 64 << 20
	// maxHeader is the most bytes of the lines before it.
	maxHeader = 8 << 10
)

// errFrame is input that is no message: what follows can't be found in it.
var errFrame = errors.New("the input is no message of the language server protocol")

// readMessage reads one message: header lines, an empty line, and as many bytes
// as they say. At the end of the input the error is io.EOF.
func readMessage(r *bufio.Reader) ([]byte, error) {
	length, read := -1, 0
	for {
		line, err := headerLine(r, maxHeader-read)
		if err != nil {
			if errors.Is(err, io.EOF) && read == 0 && line == "" {
				return nil, io.EOF
			}
			return nil, err
		}
		read += len(line) + 1
		if line = strings.TrimRight(line, "\r"); line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%w: the header %.40q has no colon", errFrame, line)
		}
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n > MaxMessage {
			return nil, fmt.Errorf("%w: its length is %.40q, at most %d bytes are taken", errFrame, value, MaxMessage)
		}
		length = n
	}
	if length < 0 {
		return nil, fmt.Errorf("%w: it has no Content-Length", errFrame)
	}
	return body(r, length)
}

// headerLine reads up to a line feed, which is not part of what it gives.
func headerLine(r *bufio.Reader, most int) (string, error) {
	var b []byte
	for {
		c, err := r.ReadByte()
		if err != nil {
			return string(b), err
		}
		if c == '\n' {
			return string(b), nil
		}
		if b = append(b, c); len(b) > most {
			return "", fmt.Errorf("%w: its header is over %d bytes", errFrame, maxHeader)
		}
	}
}

// body reads so many bytes, taking memory as they come and not as they are
// promised.
func body(r io.Reader, length int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return nil, err
	}
	if len(b) < length {
		return nil, io.ErrUnexpectedEOF
	}
	return b, nil
}

// writeMessage writes one.
func writeMessage(w io.Writer, b []byte) error {
	_, err := w.Write(append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(b)), b...))
	return err
}
