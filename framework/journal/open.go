package journal

// Options for Open. Nil is the default.
type Options struct {
	// Store names the store that the journal belongs to; it is kept in the file and hashed into the chain.
	// When the journal exists already under another name, Open returns ErrForeign. Empty accepts any.
	Store string

	// ID is given to a journal that is created now. The zero ID stands for a random one.
	ID ID
}
