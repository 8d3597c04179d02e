package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/sdk/observe"
)

// readerKnowsFunding is the share of cards of which a reader says how they are
// funded: it does only where the issuer's range of numbers is known to it.
const readerKnowsFunding = 0.6

// payingBy is what a visit of a number pays by, by chance of its own; the same
// whenever it is asked for, so that a world which takes up older data knows it too.
func (w *World) payingBy(number int) (says scene.Says, told bool) {
	r := stream(w.opt.Seed, fmt.Sprintf("tender %d", number))
	says = drawKind(r, w.scene.Shoppers).Says()
	return says, says.Funding != "" && r.Float64() < readerKnowsFunding
}

func drawKind(r *rand.Rand, list []scene.Shoppers) *scene.Shoppers {
	sum := 0
	for i := range list {
		sum += list[i].Share
	}
	x := r.IntN(sum)
	for i := range list {
		if x -= list[i].Share; x < 0 {
			return &list[i]
		}
	}
	return &list[len(list)-1]
}

// pays has a visit come with an instrument of the kinds that the scene names.
func (v *visit) pays() {
	w := v.w
	if len(w.scene.Shoppers) == 0 {
		return
	}
	says, told := w.payingBy(v.number)
	v.attributes = says.Attributes
	if told {
		v.attributes = append(v.attributes, observe.AttributeFunding+"="+says.Funding)
		slices.Sort(v.attributes)
	}
	if !slices.Contains(v.reader.Methods, says.Method) {
		v.entry, v.reader, _ = w.chooseEntry(v.rng, says.Method)
	}
	v.method = says.Method
}

// Funding is how the card of a shopper's credential is funded, as its issuer knows;
// empty where nothing is settled of it.
func (w *World) Funding(token string) string {
	rest, ours := strings.CutPrefix(token, fmt.Sprintf("tok-%d-", w.opt.Seed))
	number, err := strconv.Atoi(rest)
	if !ours || err != nil || len(w.scene.Shoppers) == 0 {
		return ""
	}
	says, _ := w.payingBy(number)
	return says.Funding
}
