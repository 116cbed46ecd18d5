import { byProgram, type Planting } from './planting.ts'

const KEY = /PRIVATE KEY/
const ANY = /\S/

/** Client programs and servers that write secrets down themselves. */
export const programs: readonly Planting[] = [
  byProgram(
    'htpasswd',
    ['htpasswd'],
    (secret) =>
      `cd /etc/apache2; htpasswd -cbm team.htpasswd olga '${secret()}'; htpasswd -bB team.htpasswd paul '${secret()}'; htpasswd -bs team.htpasswd rita '${secret()}'; htpasswd -b2 team.htpasswd sven '${secret()}'
mkdir -p /etc/prometheus; { printf 'basic_auth_users:\\n  '; htpasswd -nbB olga '${secret()}' | sed 's/:/: /'; } > /etc/prometheus/web.yml`,
    [
      { path: '/etc/apache2/team.htpasswd', lines: ANY, is: 'hash' },
      { path: '/etc/prometheus/web.yml', lines: /olga/, is: 'hash' },
    ],
  ),
  byProgram(
    'smbpasswd',
    ['smbpasswd'],
    (secret) => {
      const [one, other] = [secret(), secret()]
      return `mkdir -p /etc/samba /var/lib/samba/private
printf '[global]\\npassdb backend = smbpasswd:/etc/samba/smbpasswd\\n' > /tmp/smb.conf
printf '%s\\n%s\\n' '${one}' '${one}' | smbpasswd -c /tmp/smb.conf -s -a olga; rm /tmp/smb.conf
printf '[global]\\npassdb backend = tdbsam:/var/lib/samba/private/passdb.tdb\\n' > /etc/samba/smb.conf
printf '%s\\n%s\\n' '${other}' '${other}' | smbpasswd -s -a olga`
    },
    [
      { path: '/etc/samba/smbpasswd', lines: /^olga:/, is: 'hash' },
      { path: '/var/lib/samba/private/passdb.tdb', is: 'hash' },
    ],
  ),
  byProgram(
    'ktutil',
    ['ktutil'],
    (secret) =>
      `printf '[libdefaults]\\ndefault_realm = EXAMPLE.ORG\\n' > /etc/krb5.conf
printf '%s\\n' 'addent -password -p HTTP/web.example.org@EXAMPLE.ORG -k 3 -e aes256-cts' '${secret()}' 'wkt /etc/apache2/http.keytab' quit | ktutil >/dev/null`,
    [{ path: '/etc/apache2/http.keytab', is: 'key' }],
  ),
  byProgram(
    'keytool',
    ['keytool'],
    (secret) => {
      const own = secret('mixed')
      const keytool = 'keytool -genkeypair -keyalg EC -alias app -dname CN=app.example.org'
      return `mkdir -p /opt/app/conf; cd /opt/app/conf
${keytool} -storepass changeit -keystore default.jks -storetype JKS -keypass changeit 2>/dev/null
${keytool} -storepass '${own}' -keystore own.p12 2>/dev/null
printf 'server.port=8443\\nserver.ssl.key-store=/opt/app/conf/own.p12\\nserver.ssl.key-store-password=%s\\n' '${own}' > application-tls.properties`
    },
    [
      { path: '/opt/app/conf/default.jks', is: 'key' },
      { path: '/opt/app/conf/own.p12', is: 'encrypted' },
    ],
  ),
  byProgram(
    'openssl',
    ['openssl'],
    (secret) => `cd /etc/ssl/private
openssl genrsa -out clear.key 2048 2>/dev/null; openssl genpkey -algorithm ed25519 -out /etc/ssl/edge.pem
openssl ecparam -name prime256v1 -genkey -noout -out /etc/apache2/ec.key
openssl rsa -aes256 -in clear.key -passout 'pass:${secret()}' -out locked.key 2>/dev/null
openssl rsa -aes128 -traditional -in clear.key -passout 'pass:${secret()}' -out old-locked.key 2>/dev/null
openssl rsa -in clear.key -outform DER -out clear.der 2>/dev/null
openssl req -x509 -key clear.key -subj /CN=example.org -out clear.crt 2>/dev/null
openssl pkcs12 -export -inkey clear.key -in clear.crt -passout 'pass:${secret()}' -out site.pfx
openssl pkcs12 -export -inkey clear.key -in clear.crt -passout pass: -out open.p12
cat clear.crt clear.key > /etc/ssl/private/both.pem`,
    [
      ...['/etc/ssl/private/clear.key', '/etc/ssl/edge.pem', '/etc/apache2/ec.key', '/etc/ssl/private/both.pem'].map(
        (path) => ({ path, lines: KEY, is: 'key' as const }),
      ),
      { path: '/etc/ssl/private/locked.key', lines: KEY, is: 'encrypted' },
      { path: '/etc/ssl/private/old-locked.key', lines: KEY, is: 'encrypted' },
      { path: '/etc/ssl/private/clear.der', is: 'key' },
      { path: '/etc/ssl/private/site.pfx', is: 'encrypted' },
      { path: '/etc/ssl/private/open.p12', is: 'key' },
    ],
  ),
  byProgram(
    'ssh-keygen',
    ['ssh-keygen'],
    (secret) => `mkdir -p /home/olga/.ssh; cd /home/olga/.ssh
ssh-keygen -q -t ed25519 -N '' -f id_ed25519; ssh-keygen -q -t ecdsa -N '${secret()}' -f work; ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f /opt/app/deploy-key`,
    [
      { path: '/home/olga/.ssh/id_ed25519', lines: KEY, is: 'key' },
      { path: '/home/olga/.ssh/work', lines: KEY, is: 'encrypted' },
      { path: '/opt/app/deploy-key', lines: KEY, is: 'key' },
    ],
  ),
  byProgram(
    'puttygen',
    ['puttygen', 'ssh-keygen'],
    (secret) => `cd /home/olga; ssh-keygen -q -t ed25519 -N '' -f k
puttygen k -O private -o office.ppk; printf '%s\\n' '${secret()}' > p; puttygen k -O private --new-passphrase p -o home.ppk; rm k k.pub p`,
    [
      { path: '/home/olga/office.ppk', is: 'key' },
      { path: '/home/olga/home.ppk', is: 'encrypted' },
    ],
  ),
  byProgram(
    'wg',
    ['wg'],
    () => `umask 077; mkdir -p /etc/wireguard; cd /etc/wireguard
wg genkey > private.key; wg pubkey < private.key > public.key
{ printf '[Interface]\\nAddress = 10.9.0.1/24\\nListenPort = 51820\\nPrivateKey = '; cat private.key; printf '\\n[Peer]\\nPublicKey = '; wg genkey | wg pubkey; printf 'PresharedKey = '; wg genpsk; printf 'AllowedIPs = 10.9.0.2/32\\n'; } > wg0.conf`,
    [
      { path: '/etc/wireguard/private.key', lines: ANY, is: 'key' },
      { path: '/etc/wireguard/wg0.conf', lines: /^(?:PrivateKey|PresharedKey)/, is: 'key' },
    ],
  ),
  byProgram(
    'git',
    ['git'],
    (secret) => `export HOME=/home/olga; cd $HOME
printf 'protocol=https\\nhost=git.example.org\\nusername=olga\\npassword=%s\\n\\n' '${secret()}' | git credential-store store
git config --global credential.helper store
git config --global http.https://forge.example.org/.extraHeader "Authorization: Basic $(printf 'olga:%s' '${secret()}' | base64 -w0)"
git config --global sendemail.smtpPass '${secret()}'
git init -q /srv/site; cd /srv/site; git remote add origin 'https://deploy:${encodeURIComponent(secret())}@git.example.org/site.git'`,
  ),
  byProgram(
    'npm',
    ['npm'],
    (secret) => `export HOME=/home/olga; cd $HOME
npm config set '//registry.example.org/:_authToken=${secret()}'
npm config set '//old.example.org/:username=olga' "//old.example.org/:_password=$(printf %s '${secret()}' | base64 -w0)"`,
  ),
  byProgram(
    'pip',
    ['pip3'],
    (secret) =>
      `chown 0:0 /home/olga; HOME=/home/olga pip3 config set global.index-url 'https://olga:${encodeURIComponent(secret())}@pypi.example.org/simple' >/dev/null`,
  ),
  byProgram(
    'cargo',
    ['cargo'],
    (secret) => `export HOME=/home/olga; cd $HOME; printf %s '${secret('mixed', 32)}' | cargo login 2>/dev/null`,
  ),
  byProgram(
    'kubectl',
    ['kubectl', 'openssl'],
    (secret) => `export HOME=/home/olga; cd $HOME
kubectl config set-credentials olga --token='${secret('mixed')}'
kubectl config set-credentials paul --username=paul --password='${secret()}'
openssl genpkey -algorithm ed25519 -out k.pem; openssl req -x509 -key k.pem -subj /CN=x -out c.pem 2>/dev/null
kubectl config set-credentials rita --embed-certs --client-key=k.pem --client-certificate=c.pem; rm k.pem c.pem
mkdir -p /srv/deploy; kubectl create secret generic db --dry-run=client -o yaml --from-literal=user=app --from-literal='password=${secret()}' > /srv/deploy/secret.yaml
kubectl create secret docker-registry pull --dry-run=client -o json --docker-server=registry.example.org --docker-username=ci '--docker-password=${secret()}' > /srv/deploy/pull.json`,
    [{ path: '/home/olga/.kube/config', lines: /client-key-data/, is: 'key' }],
  ),
  byProgram(
    'aws',
    ['aws'],
    (secret) => `export HOME=/home/olga; cd $HOME
aws configure set aws_access_key_id AKIA${secret('hex', 16).toUpperCase().replaceAll(/[01]/g, 'Q')}; aws configure set aws_secret_access_key '${secret('mixed', 40)}'
aws configure set aws_session_token '${secret('mixed', 200)}' --profile work`,
  ),
  byProgram(
    'gpg',
    ['gpg'],
    (secret) => `export GNUPGHOME=/home/olga/.gnupg; mkdir -m 700 -p $GNUPGHOME; cd /home/olga
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key olga@example.org ed25519 sign never 2>/dev/null
gpg --batch --quiet --pinentry-mode loopback --passphrase '${secret()}' --quick-gen-key locked@example.org ed25519 sign never 2>/dev/null
gpg --batch --armor --export-secret-keys olga@example.org > olga.asc
gpgconf --kill all
printf 'Key-Type: eddsa\\nKey-Curve: ed25519\\nName-Real: Backup\\nPassphrase: %s\\n%%commit\\n' '${secret()}' > keygen.batch`,
    [{ path: '/home/olga/olga.asc', lines: KEY, is: 'key' }],
  ),
  byProgram(
    'ansible-vault',
    ['ansible-vault'],
    (secret) => {
      const vault = secret()
      return `export HOME=/home/olga LC_ALL=C.UTF-8; mkdir -p /srv/ansible/group_vars; cd /srv/ansible
printf '%s\\n' '${vault}' > .vault_pass
ansible-vault encrypt_string --vault-password-file .vault_pass '${secret()}' --name db_password > group_vars/all.yml 2>/dev/null
printf 'api_key: %s\\n' '${secret()}' > group_vars/vault.yml; ansible-vault encrypt --vault-password-file .vault_pass group_vars/vault.yml 2>/dev/null
printf '[web]\\nweb1 ansible_host=10.0.0.5 ansible_user=deploy ansible_password=%s ansible_become_password=%s\\n' '${secret()}' '${secret()}' > inventory
printf '[defaults]\\nvault_password_file = .vault_pass\\n' > ansible.cfg`
    },
    [
      { path: '/srv/ansible/group_vars/all.yml', lines: /^\s*\$ANSIBLE_VAULT/, is: 'encrypted' },
      { path: '/srv/ansible/group_vars/vault.yml', lines: /^\$ANSIBLE_VAULT/, is: 'encrypted' },
    ],
  ),
  byProgram(
    'rclone',
    ['rclone'],
    (secret) => `export HOME=/home/olga; cd $HOME
rclone config create store s3 provider=Minio access_key_id=store secret_access_key='${secret('mixed', 40)}' >/dev/null 2>&1
rclone config create box sftp host=box.example.org user=olga pass='${secret()}' >/dev/null 2>&1`,
    [{ path: '/home/olga/.config/rclone/rclone.conf', lines: /^pass/, is: 'literal' }],
  ),
  byProgram(
    'redis',
    ['redis-server', 'redis-cli'],
    (secret) => {
      const [own, master] = [secret('mixed'), secret('mixed')]
      return `mkdir -p /etc/redis /var/lib/redis; : > /etc/redis/users.acl
printf 'port 0\\nunixsocket /tmp/r.sock\\ndir /var/lib/redis\\naclfile /etc/redis/users.acl\\n' > /etc/redis/own.conf
redis-server /etc/redis/own.conf --daemonize no >/dev/null 2>&1 </dev/null & server=$!
i=0; until redis-cli -s /tmp/r.sock ping >/dev/null 2>&1 || [ $i -gt 100 ]; do i=$((i+1)); sleep 0.05; done
redis-cli -s /tmp/r.sock config set masterauth '${master}' >/dev/null
redis-cli -s /tmp/r.sock acl setuser worker on '>${secret('mixed')}' +@all >/dev/null
redis-cli -s /tmp/r.sock acl save >/dev/null
redis-cli -s /tmp/r.sock config set requirepass '${own}' >/dev/null
REDISCLI_AUTH='${own}' redis-cli -s /tmp/r.sock config rewrite >/dev/null
kill $server; wait $server`
    },
    [{ path: '/etc/redis/users.acl', lines: /^user worker/, is: 'hash' }],
  ),
  byProgram(
    'slapd',
    ['slappasswd', 'slapadd'],
    (secret) => `mkdir -p /etc/openldap-own/slapd.d
{ printf 'include /etc/ldap/schema/core.schema\\ndatabase config\\nrootdn cn=admin,cn=config\\nrootpw '; slappasswd -s '${secret()}'; } > /etc/ldap/slapd.conf
{ printf 'dn: cn=config\\nobjectClass: olcGlobal\\ncn: config\\n\\ndn: olcDatabase={0}config,cn=config\\nobjectClass: olcDatabaseConfig\\nolcDatabase: {0}config\\nolcRootDN: cn=admin,cn=config\\nolcRootPW: '; slappasswd -h '{SSHA}' -s '${secret()}'; } | slapadd -n0 -F /etc/openldap-own/slapd.d`,
    [
      { path: '/etc/ldap/slapd.conf', lines: /^rootpw/, is: 'hash' },
      { path: '/etc/openldap-own/slapd.d/cn=config/olcDatabase={0}config.ldif', lines: /^olcRootPW/, is: 'hash' },
    ],
  ),
  byProgram(
    'doveadm',
    ['doveadm'],
    (secret) =>
      `mkdir -p /etc/dovecot; { printf 'olga:'; doveadm pw -s SHA512-CRYPT -p '${secret()}'; printf 'paul:'; doveadm pw -s ARGON2ID -p '${secret()}'; printf 'rita:{PLAIN}%s\\n' '${secret()}'; } > /etc/dovecot/users`,
    [{ path: '/etc/dovecot/users', lines: /^(?:olga|paul)/, is: 'hash' }],
  ),
  byProgram(
    'saslpasswd2',
    ['saslpasswd2'],
    (secret) => `printf %s '${secret('mixed')}' | saslpasswd2 -p -c -f /etc/sasldb2 -u example.org olga`,
    [{ path: '/etc/sasldb2', is: 'literal' }],
  ),
  byProgram(
    'mosquitto_passwd',
    ['mosquitto_passwd'],
    (secret) => `mkdir -p /etc/mosquitto; mosquitto_passwd -c -b /etc/mosquitto/passwd sensor '${secret()}'`,
    [{ path: '/etc/mosquitto/passwd', lines: ANY, is: 'hash' }],
  ),
  byProgram(
    'bind',
    ['rndc-confgen', 'tsig-keygen', 'dnssec-keygen'],
    () => `mkdir -p /etc/bind /var/lib/bind/keys; rndc-confgen -a -c /etc/bind/rndc.key 2>/dev/null; tsig-keygen transfer > /etc/bind/transfer.key
dnssec-keygen -q -a ED25519 -K /var/lib/bind/keys example.org >/dev/null; mv /var/lib/bind/keys/*.private /var/lib/bind/keys/Kexample.org.+015+11111.private`,
    [
      { path: '/etc/bind/rndc.key', lines: /secret/, is: 'key' },
      { path: '/etc/bind/transfer.key', lines: /secret/, is: 'key' },
      { path: '/var/lib/bind/keys/Kexample.org.+015+11111.private', lines: /^PrivateKey/, is: 'key' },
    ],
  ),
  byProgram(
    'wpa_passphrase',
    ['wpa_passphrase'],
    (secret) =>
      `mkdir -p /etc/wpa_supplicant; wpa_passphrase Office '${secret()}' > /etc/wpa_supplicant/wpa_supplicant.conf`,
    [{ path: '/etc/wpa_supplicant/wpa_supplicant.conf', lines: /^\s*psk=/, is: 'key' }],
  ),
  byProgram(
    'snmp',
    ['net-snmp-create-v3-user'],
    (secret) => `mkdir -p /var/lib/snmp /etc/snmp
printf 'createUser watcher SHA "%s" AES "%s"\\n' '${secret()}' '${secret()}' > /var/lib/snmp/snmpd.conf; printf 'rouser watcher\\nrocommunity %s 10.0.0.0/8\\n' '${secret('lower')}' > /etc/snmp/snmpd.conf`,
  ),
  byProgram(
    'age',
    ['age-keygen'],
    () => `mkdir -p /home/olga/.config/sops/age; age-keygen -o /home/olga/.config/sops/age/keys.txt 2>/dev/null`,
    [{ path: '/home/olga/.config/sops/age/keys.txt', lines: /^AGE-SECRET-KEY/, is: 'key' }],
  ),
  byProgram('chpasswd', ['chpasswd'], (secret) => `printf 'olga:%s\\n' '${secret()}' | chpasswd -c SHA512`, [
    { path: '/etc/shadow', lines: /^olga:/, is: 'hash' },
  ]),
  byProgram(
    'crontab',
    ['crontab'],
    (secret) =>
      `printf 'API_TOKEN=%s\\n0 3 * * * mysqldump -u backup -p%s shop > /srv/shop.sql\\n15 * * * * curl -s -u robot:%s https://ci.example.org/poll\\n' '${secret()}' '${secret('mixed')}' '${secret('mixed')}' | crontab -u olga -`,
  ),
  byProgram(
    'bash history',
    ['script', 'bash'],
    (secret) => `mkdir -p /home/olga; cd /home/olga; cat > /tmp/typed <<'TYPED'
mysql -h 127.0.0.1 -u app -p${secret('mixed')} shop
curl -s -u olga:${secret('mixed')} http://127.0.0.1:1/
curl -s -H 'Authorization: Bearer ${secret('mixed', 32)}' http://127.0.0.1:1/
export AWS_SECRET_ACCESS_KEY=${secret('mixed', 40)}
PGPASSWORD='${secret()}' psql -h 127.0.0.1 -p 1 -U app shop
sshpass -p '${secret()}' ssh nobody@127.0.0.1
ldapsearch -x -H ldap://127.0.0.1:1 -D cn=admin,dc=example,dc=org -w '${secret()}'
redis-cli -p 1 -a ${secret('mixed')} ping
echo 'nobodyhere:${secret()}' | chpasswd
wget -q --user=olga --password='${secret()}' http://127.0.0.1:1/
git clone https://olga:${encodeURIComponent(secret())}@127.0.0.1:1/x.git
docker login -u olga -p ${secret('mixed')} 127.0.0.1:1
openssl enc -aes-256-cbc -pbkdf2 -pass pass:${secret('mixed')} -in /dev/null -out /dev/null
smbclient //127.0.0.1/share -U olga%${secret('mixed')}
exit
TYPED
env -i HOME=/home/olga PATH="$PATH" TERM=dumb script -qec 'bash --norc -i' /dev/null < /tmp/typed >/dev/null 2>&1; rm /tmp/typed`,
  ),
  byProgram(
    'processes',
    ['perl', 'setsid'],
    (
      secret,
    ) => `DB_PASSWORD='${secret()}' DATABASE_URL='postgres://app:${encodeURIComponent(secret())}@db.example.org/shop' setsid setpriv --reuid 1001 --clear-groups perl -e 'sleep 100000' </dev/null >/dev/null 2>&1 &
AWS_SECRET_ACCESS_KEY='${secret('mixed', 40)}' SLACK_API_TOKEN='${secret()}' setsid perl -e 'sleep 100000' </dev/null >/dev/null 2>&1 &
setsid perl -e 'sleep 100000' -- --db-password='${secret()}' --api-token '${secret()}' </dev/null >/dev/null 2>&1 &
setsid perl -e 'sleep 100000' x -Dspring.datasource.password='${secret()}' -Djavax.net.ssl.keyStorePassword=${secret('mixed')} </dev/null >/dev/null 2>&1 &
setsid perl -e 'sleep 100000' x 'mongodb://root:${encodeURIComponent(secret())}@mongo.example.org/admin' </dev/null >/dev/null 2>&1 &`,
  ),
]
