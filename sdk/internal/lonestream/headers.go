package lonestream

import (
	"bytes"
	"io"
	"net/url"
	"strconv"

	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// request is the header block that begins the stream.
func request(o Options) []byte {
	scheme := "http"
	if o.TLS != nil {
		scheme = "https"
	}
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: scheme}, {Name: ":path", Value: o.Method}, {Name: ":authority", Value: o.Authority},
		{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"}, {Name: "user-agent", Value: "aisle"},
	} {
		_ = e.WriteField(f) // to memory
	}
	return b.Bytes()
}

// headers takes a whole header block: the first says that the stream stands, the
// last how it ended.
func (s *Stream) headers(block []byte, last bool) error {
	http, state, text := "", "", ""
	s.decoder.SetEmitFunc(func(f hpack.HeaderField) {
		switch f.Name {
		case ":status":
			http = f.Value
		case "grpc-status":
			state = f.Value
		case "grpc-message":
			text = f.Value
		}
	})
	if _, err := s.decoder.Write(block); err != nil {
		return errOf("headers: %w", err)
	}
	if err := s.decoder.Close(); err != nil {
		return errOf("headers: %w", err)
	}
	if !s.answered && http != "200" {
		return errOf("the server answered with HTTP status %.10q", http)
	}
	s.answered = true
	if !last {
		return nil
	}
	code, err := strconv.ParseUint(state, 10, 32)
	switch {
	case err != nil:
		return errOf("it ended with gRPC status %.10q", state)
	case code == uint64(codes.OK):
		return io.EOF
	}
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return status.Error(codes.Code(code), text)
}
