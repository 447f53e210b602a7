# Audit switched off; twin: on, with the same rule.
twin() { auditctl -w /etc/hostname -p wa -k lab21 >/dev/null 2>&1; }
plant() { twin; auditctl -e 0 >/dev/null; }
clear() { auditctl -e 1 >/dev/null; auditctl -W /etc/hostname -p wa -k lab21 >/dev/null 2>&1; true; }
