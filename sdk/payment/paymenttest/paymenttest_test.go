package paymenttest

import (
	"context"
	"flag"
	"net/rpc"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func TestMain(m *testing.M) {
	fake := NewFake()
	if classtest.ServeFake(fake.Plugin(), &Control{fake}) {
		return
	}
	goleak.VerifyTestMain(m)
}

// Control is the fake's door for tests when it runs in a process of its own.
type Control struct{ fake *Fake }

// Order is a loss to come.
type Order struct {
	Operation payment.Operation
	Loss      Loss
}

// Lose is Fake.Lose.
func (c *Control) Lose(o Order, _ *struct{}) error { c.fake.Lose(o.Operation, o.Loss); return nil }

// Happening is an event to come.
type Happening struct {
	Event     Event
	Reference string
}

// Happen is Fake.Happen.
func (c *Control) Happen(h Happening, ok *bool) error {
	*ok = c.fake.Happen(h.Event, h.Reference)
	return nil
}

// Pass is Fake.Pass.
func (c *Control) Pass(d time.Duration, _ *struct{}) error { c.fake.Pass(d); return nil }

// remote are the knobs of a fake in a process of its own.
type remote struct{ control **rpc.Client }

func (r remote) call(t testing.TB, method string, args, reply any) {
	t.Helper()
	if err := (*r.control).Call("Control."+method, args, reply); err != nil {
		t.Fatal(err)
	}
}

func (r remote) Next(t testing.TB, o payment.Operation, f Fault) bool {
	r.call(t, "Lose", Order{o, lossOf[f]}, &struct{}{})
	return true
}

func (r remote) Happen(t testing.TB, e Event, reference string) (ok bool) {
	r.call(t, "Happen", Happening{e, reference}, &ok)
	return ok
}

func (r remote) Pass(t testing.TB, d time.Duration) bool {
	r.call(t, "Pass", d, &struct{}{})
	return true
}

// Happened counts the ledger's movements under a key.
func (c *Control) Happened(key string, n *int) error { *n = count(c.fake, key); return nil }

func count(f *Fake, key string) (n int) {
	for _, m := range f.Ledger() {
		if m.Key == key {
			n++
		}
	}
	return n
}

// near are the knobs of the newest fake.
type near struct{ fake **Fake }

func (n near) Next(t testing.TB, o payment.Operation, f Fault) bool {
	return Knobs{*n.fake}.Next(t, o, f)
}
func (n near) Happen(t testing.TB, e Event, ref string) bool { return Knobs{*n.fake}.Happen(t, e, ref) }
func (n near) Pass(t testing.TB, d time.Duration) bool       { return Knobs{*n.fake}.Pass(t, d) }

func inProcess(breach broken, change ...func(*Fake)) Harness {
	var fake *Fake
	return Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
			fake = NewFake()
			fake.broken = breach
			for _, f := range change {
				f(fake)
			}
			return classtest.InProcess(t, fake.Plugin())
		}},
		Token: "tok_1", Declined: TokenDeclined, Hold: money.New(15_00, "EUR"), Currencies: []money.Currency{"JPY", "KWD"},
		Faults: near{&fake}, Tokens: FakeTokens,
		Happened: func(_ testing.TB, key string) int { return count(fake, key) },
	}
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

// A processor that keeps its failures under a key, and one that can do little,
// conform as well.
func TestOtherFakesConform(t *testing.T) {
	for name, change := range map[string]func(*Fake){
		"saves errors": func(f *Fake) { f.Can.SavesErrors = true },
		"can little": func(f *Fake) {
			f.Can = payment.Capabilities{KeyWindow: time.Hour, LookupByKey: true, HoldLifetime: holdLife, PartialCapture: true, RefundWindow: time.Hour, PartialRefund: true}
		},
	} {
		if failed := classtest.Failures(t, Cases(inProcess(broken{}, change))); len(failed) > 0 {
			t.Errorf("%s: %v", name, failed)
		}
	}
}

func TestFakeConformsAsProcess(t *testing.T) {
	var control *rpc.Client
	h := inProcess(broken{})
	h.Start = func(t testing.TB) (p *host.Plugin) {
		p, control = classtest.StartFake(t)
		return p
	}
	h.Faults = remote{&control}
	h.Happened = func(t testing.TB, key string) (n int) {
		if err := control.Call("Control.Happened", key, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	classtest.Run(t, classtest.Some(Cases(h)))
}

func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"freshEveryTime":                 {broken{freshEveryTime: true}, "authorisation/duplicate request"},
		"freshEveryTime at once":         {broken{freshEveryTime: true}, "authorisation/duplicates at once"},
		"freshEveryTime lost":            {broken{freshEveryTime: true}, "authorisation/ambiguous answer, asked again"},
		"freshEveryTime open":            {broken{freshEveryTime: true}, "authorisation/connector restarted"},
		"freshEveryTime refund":          {broken{freshEveryTime: true}, "refund/duplicate request"},
		"freshEveryTime refunds at once": {broken{freshEveryTime: true}, "refund/duplicates at once"},
		"freshEveryTime adjusting":       {broken{freshEveryTime: true}, "adjust/duplicate request"},
		"ignoresRequest":                 {broken{ignoresRequest: true}, "authorisation/duplicate with another amount"},
		"ignoresRequest taking":          {broken{ignoresRequest: true}, "capture/duplicate with another amount"},
		"ignoresRequest releasing":       {broken{ignoresRequest: true}, "cancel/duplicate of another trip"},
		"overCaptures":                   {broken{overCaptures: true}, "capture/over the hold"},
		"overRefunds":                    {broken{overRefunds: true}, "refund/over-refund"},
		"overRefunds in parts":           {broken{overRefunds: true}, "refund/partial refunds"},
		"overRefunds at once":            {broken{overRefunds: true}, "refund/many refunds at once"},
		"capturesTwice":                  {broken{capturesTwice: true}, "capture/second capture"},
		"capturesTwice at once":          {broken{capturesTwice: true}, "capture/two captures at once"},
		"voidOnce":                       {broken{voidOnce: true}, "cancel/cancelled twice"},
		"voidsTaken":                     {broken{voidsTaken: true}, "cancel/after capture"},
		"voidsTaken race":                {broken{voidsTaken: true, capturesVoid: true}, "cancel/cancel against capture"},
		"voidsAnything":                  {broken{voidsAnything: true}, "cancel/unknown trip"},
		"capturesVoid":                   {broken{capturesVoid: true}, "cancel/empty cart"},
		"capturesLapsed":                 {broken{capturesLapsed: true}, "capture/expired hold"},
		"holdsLess":                      {broken{holdsLess: true}, "authorisation/approved"},
		"declinesUnknown":                {broken{declinesUnknown: true}, "authorisation/declined"},
		"declinesUnknown debt":           {broken{declinesUnknown: true}, "capture/bad debt"},
		"forgetsKeys":                    {broken{forgetsKeys: true}, "authorisation/ambiguous answer, hold placed"},
		"needsReference":                 {broken{needsReference: true}, "feedback/by idempotency key"},
		"needsReference declared":        {broken{needsReference: true}, "adjust/declared"},
		"noIncrease":                     {broken{noIncrease: true}, "adjust/declared"},
		"inventsKeys":                    {broken{inventsKeys: true}, "feedback/unknown trip"},
		"inventsKeys lost":               {broken{inventsKeys: true}, "authorisation/ambiguous answer, no hold"},
		"lookupForgetsDeclined":          {broken{lookupForgetsDeclined: true}, "feedback/declined"},
		"forgetsGone":                    {broken{forgetsGone: true}, "cancel/hold found after cancel"},
		"minorMistake":                   {broken{minorMistake: true}, "authorisation/other currencies"},
		"noReference":                    {broken{noReference: true}, "capture/full settlement"},
		"limitUnknown":                   {broken{limitUnknown: true}, "authorisation/rate limit"},
		"limitActs":                      {broken{limitActs: true}, "capture/rate limit"},
		"errorDeclines":                  {broken{errorDeclines: true}, "authorisation/server error"},
		"errorDeclines after":            {broken{errorDeclines: true}, "capture/server error after the capture"},
		"errorActs":                      {broken{errorActs: true}, "refund/server error"},
		"believes a lower hold":          {broken{believes: true}, "authorisation/conditional lower hold"},
		"believes a currency":            {broken{believes: true}, "authorisation/hold in another currency"},
		"believes a capture":             {broken{believes: true}, "capture/amount altered"},
		"inventsRisk":                    {broken{inventsRisk: true}, "authorisation/fraud system down"},
		"inventsRisk elevated":           {broken{inventsRisk: true}, "authorisation/elevated risk"},
		"wrongFunding gift":              {broken{wrongFunding: true}, "authorisation/gift card"},
		"wrongFunding EBT":               {broken{wrongFunding: true}, "authorisation/EBT card"},
		"tellsNumber":                    {broken{tellsNumber: true}, "authorisation/no card number"},
		"shortHolds":                     {broken{shortHolds: true}, "authorisation/hold lifetime"},
		"takesExpired":                   {broken{takesExpired: true}, "authorisation/expired card"},
		"takesUnknown":                   {broken{takesUnknown: true}, "authorisation/invalid card"},
		"missesFraud":                    {broken{missesFraud: true}, "authorisation/denied for fraud"},
		"ignoresCurrency capture":        {broken{ignoresCurrency: true}, "capture/other currency"},
		"ignoresCurrency refund":         {broken{ignoresCurrency: true}, "refund/other currency"},
		"ignoresCurrency adjust":         {broken{ignoresCurrency: true}, "adjust/other currency"},
		"raisesDeclined":                 {broken{raisesDeclined: true}, "adjust/declined adjustment"},
		"raisesLower":                    {broken{raisesLower: true}, "adjust/to a lower amount"},
		"raisesTaken":                    {broken{raisesTaken: true}, "adjust/after capture"},
		"raisesVoid":                     {broken{raisesVoid: true}, "adjust/after cancel"},
		"raisesLapsed":                   {broken{raisesLapsed: true}, "adjust/expired hold"},
		"raisesNothing":                  {broken{raisesNothing: true}, "adjust/approved"},
		"refundsCharged":                 {broken{refundsCharged: true}, "refund/after a chargeback"},
		"failsAbsent":                    {broken{failsAbsent: true}, "feedback/server error"},
		"failedDone":                     {broken{failedDone: true}, "feedback/capture failed later"},
		"failedDone refund":              {broken{failedDone: true}, "feedback/refund failed later"},
		"freshNotices":                   {broken{freshNotices: true}, "feedback/event de-duplication"},
		"forgetsNotices":                 {broken{forgetsNotices: true}, "feedback/event not taken"},
		"silent":                         {broken{silent: true}, "feedback/chargeback"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := inProcess(c.breach)
			h.Patience = 2 * time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}

// An answer that never comes is unknown to the host, and one movement.
func TestHang(t *testing.T) {
	fake := NewFake()
	r := classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
		return classtest.InProcess(t, fake.Plugin())
	}}.Open(t)
	p := r.Plugin.Payment(r.Handle, r.Epoch)
	fake.Lose(payment.OperationAuthorize, LossHang)
	request := payment.AuthorizeRequest{Key: "k", Session: "s", Token: "tok_1", Amount: money.New(500, "EUR")}
	err := fault.New(fault.Unavailable, "not asked yet")
	for fault.CodeOf(err) == fault.Unavailable { // a busy machine may need longer to send it
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err = p.Authorize(ctx, request)
		cancel()
	}
	if fault.CodeOf(err) != fault.Unknown { // the host gives up, or the plugin first: its time is the same
		t.Fatalf("no answer: %v (code %v)", err, fault.CodeOf(err))
	}
	a, err := p.Authorize(t.Context(), request)
	if err != nil || a.Amount != request.Amount || count(fake, "k") != 1 {
		t.Fatalf("asked again: %+v, %v, %d movements", a, err, count(fake, "k"))
	}
}

// A caller that gave up before it called has certainly moved nothing.
func TestNeverSent(t *testing.T) {
	fake := NewFake()
	r := classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
		return classtest.InProcess(t, fake.Plugin())
	}}.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Plugin.Payment(r.Handle, r.Epoch).Authorize(ctx, payment.AuthorizeRequest{
		Key: "k", Session: "s", Token: "tok_1", Amount: money.New(500, "EUR"),
	})
	if fault.CodeOf(err) != fault.Unavailable || len(fake.Ledger()) != 0 {
		t.Fatalf("never sent: %v, %v", err, fake.Ledger())
	}
}

// Every breach is of the contract: none may pass the suite. A new one without a
// case that finds it fails here.
func TestEveryBreachIsFound(t *testing.T) {
	source, err := os.ReadFile("paymenttest_test.go")
	if err != nil {
		t.Fatal(err)
	}
	breaches := reflect.TypeFor[broken]()
	for i := range breaches.NumField() {
		if name := breaches.Field(i).Name; !strings.Contains(string(source), "broken{"+name+": true") {
			t.Errorf("no case is meant to find %s", name)
		}
	}
	const least = 30
	if n := breaches.NumField(); n < least {
		t.Errorf("%d breaches, want %d", n, least)
	}
}

// The README's table is made of the cases.
func TestParityTable(t *testing.T) {
	const begin, end = "<!-- parity: go test ./sdk/payment/paymenttest -run TestParityTable -update -->\n", "<!-- end of parity -->"
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(readme), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the table")
	}
	want := head + begin + Parity() + end + tail
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(readme) {
		t.Error("the README's table is not that of the cases: run the command above it")
	}
}

func TestClausesAreNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range clauses() {
		if seen[c.title()] || c.says == "" || c.run == nil {
			t.Errorf("%q", c.title())
		}
		seen[c.title()] = true
	}
	const least = 60
	if len(seen) < least {
		t.Errorf("%d cases, want %d", len(seen), least)
	}
}

var update = flag.Bool("update", false, "write the README's table")
