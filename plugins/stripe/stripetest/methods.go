package stripetest

import "strings"

// A method is a PaymentMethod of type card.
type method struct {
	id, customer string
	card         card
	metadata     map[string]string
	created      int64
}

// A customer is a Customer.
type customer struct {
	id, name, email, description string
	metadata                     map[string]string
	created                      int64
}

// useMethod finds the payment method that a token names; none where the token is empty. Each use of a shared test token
// makes a method of its own, so that the id answered is not the token given, as at Stripe.
func (j *job) useMethod(token, owner string) (*method, *failure) {
	if token == "" {
		return nil, nil
	}
	if m := j.methods[token]; m != nil {
		if m.customer != "" && m.customer != owner {
			return nil, refused("payment_method", "", "The provided PaymentMethod belongs to another customer or needs its customer to be named.")
		}
		return m, nil
	}
	kept, ok := cardOf(token, j.opts.Methods)
	if !ok {
		return nil, missing("PaymentMethod", token, "payment_method")
	}
	return j.addMethod(kept, nil), nil
}

func (j *job) addMethod(c card, metadata map[string]string) *method {
	m := &method{id: newID("pm"), card: c, metadata: metadata, created: j.now.Unix()}
	j.methods[m.id] = m
	return m
}

// createMethod takes test tokens only: card numbers have no place here.
func (j *job) createMethod() (map[string]any, *failure) {
	if kind := j.form.str("type"); kind != "card" {
		return nil, unmodelled("type", "payment methods of type %q", kind)
	}
	token := j.form.str("card[token]")
	name, _ := strings.CutPrefix(token, "tok_")
	kept, ok := cardNamed(name)
	if !ok {
		return nil, missing("token", token, "card[token]")
	}
	metadata, f := j.form.metadata(nil)
	if f != nil {
		return nil, f
	}
	return j.addMethod(kept, metadata).render(), nil
}

func (j *job) getMethod() (map[string]any, *failure) {
	if m := j.methods[j.id]; m != nil {
		return m.render(), nil
	}
	if kept, ok := cardOf(j.id, j.opts.Methods); ok {
		return (&method{id: j.id, card: kept, created: j.now.Unix()}).render(), nil
	}
	return nil, missing("PaymentMethod", j.id, "id")
}

func (j *job) attachMethod() (map[string]any, *failure) {
	owner := j.form.str("customer")
	if j.customers[owner] == nil {
		return nil, missing("customer", owner, "customer")
	}
	m, f := j.useMethod(j.id, owner)
	if f != nil {
		return nil, f
	}
	m.customer = owner
	return m.render(), nil
}

func (j *job) createCustomer() (map[string]any, *failure) {
	metadata, f := j.form.metadata(nil)
	if f != nil {
		return nil, f
	}
	c := &customer{
		id: newID("cus"), name: j.form.str("name"), email: j.form.str("email"), description: j.form.str("description"),
		metadata: metadata, created: j.now.Unix(),
	}
	j.customers[c.id] = c
	return c.render(), nil
}

func (j *job) getCustomer() (map[string]any, *failure) {
	if c := j.customers[j.id]; c != nil {
		return c.render(), nil
	}
	return nil, missing("customer", j.id, "id")
}
