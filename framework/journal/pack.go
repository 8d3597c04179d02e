package journal

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// pack compresses a state (RFC 1951) and appends a CRC-32C of the compressed bytes: a flipped bit that
// happens to inflate to the same state is damage all the same.
func pack(state []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(state); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32(out.Bytes(), crc32.Checksum(out.Bytes(), castagnoli)), nil
}

// unpack is the inverse of pack. size is what the state must have: no more than that is ever inflated.
func unpack(packed []byte, size uint64) ([]byte, error) {
	if size > MaxState {
		return nil, errors.New("state is over the limit")
	}
	if len(packed) < crc32.Size {
		return nil, io.ErrUnexpectedEOF
	}
	body, check := packed[:len(packed)-crc32.Size], packed[len(packed)-crc32.Size:]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(check) {
		return nil, errors.New("checksum of the state is wrong")
	}
	r := flate.NewReader(bytes.NewReader(body))
	state := make([]byte, size)
	if _, err := io.ReadFull(r, state); err != nil {
		return nil, err
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, errors.New("state is longer than its snapshot says")
	}
	return state, nil
}
