// Package dialect is what scales say on a wire: the questions and answers of
// MT-SICS (Mettler-Toledo Standard Interface Command Set, levels 0 and 1), of
// NCI (Avery Weigh-Tronix SCP-01, and NCI-ECR) and of Toledo 8213 and 8217.
//
// It parses bytes and knows neither ports nor time. Package platform asks. It
// promises that no bytes, however long or wrong, do more than give an error, and
// that nothing is read as a weight that is not wholly one.
package dialect
