//go:build unix

package server

// Looks is how many times the server has looked for commands.
func (s *Server) Looks() uint64 { return s.looks.Load() }

// SocketsOf are the connections accepted at a path, and whether one has something
// to read.
func SocketsOf(path string) (n int, something func() bool) {
	s := socketsOf(path)
	if s == nil {
		return 0, nil
	}
	return len(s.list), s.something
}
