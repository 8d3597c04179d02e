package observe

import (
	"encoding/json"
	"fmt"
)

// Decode reads the JSON form of one kind of evidence. The encoding is the
// standard one of the struct; the kind travels beside it.
func Decode(k Kind, b []byte) (Evidence, error) {
	switch k {
	case KindCredential:
		return decode[Credential](b)
	case KindPassage:
		return decode[Passage](b)
	case KindWeight:
		return decode[Weight](b)
	case KindTag:
		return decode[Tag](b)
	case KindInteraction:
		return decode[Interaction](b)
	case KindPresence:
		return decode[Presence](b)
	case KindDoor:
		return decode[Door](b)
	case KindScan:
		return decode[Scan](b)
	case KindUnknown:
	}
	return nil, fmt.Errorf("kind of evidence %d is not known", k)
}

func decode[T Evidence](b []byte) (Evidence, error) {
	var v T
	err := json.Unmarshal(b, &v)
	return v, err
}
